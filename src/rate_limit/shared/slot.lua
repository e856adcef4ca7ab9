-- Takes the next slot of a sliding window, which contains a limited number of slots.
-- KEYS: the list of taken slots in microseconds of this server's clock, the latest slot first.
-- ARGV, with all times in microseconds:
-- 1. the maximum number of slots in a window
-- 2. the length of the window
-- 3. the number of calls that may wait
-- 4. the maximum time that this call may wait
-- 5. the maximum time until the slot of any call
-- 6. the number of slots to remember
-- Returns the microseconds until the slot. If the script takes no slot, the number is negative: the
-- microseconds until the next slot.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local limit, window, queue = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, max_wait, history = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local function of_last(count)
  local slot = count > 0 and redis.call('LINDEX', KEYS[1], count - 1)
  return slot and tonumber(slot)
end
local last = of_last(1) or now
-- The clock was set back.
if last > now + max_wait then
  redis.call('DEL', KEYS[1])
  last = now
end
local earlier = of_last(limit)
local slot = math.max(now, last, earlier and earlier + window or now)
local wait = slot - now
if wait > 0 then
  local earliest = of_last(queue)
  if queue == 0 or (earliest and earliest > now) or wait > longest then return -wait end
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', slot))
redis.call('LTRIM', KEYS[1], 0, history - 1)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((wait + window) / 1000)))
return wait
