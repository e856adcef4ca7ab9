-- Takes the next slot: a limited number in a window, the others one after the other (a sliding
-- window). KEYS: the window. It is a list of the given slots by this server's clock, in
-- microseconds, the latest one first.
-- ARGV: the number of slots in a window, the window, the number of calls that may wait, the
-- longest time that this call may wait, the longest time until a slot that was given to a call,
-- and the number of slots to remember.
-- Returns the microseconds until the slot. Without a slot, it returns a negative number: the
-- microseconds until there would have been one.
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
