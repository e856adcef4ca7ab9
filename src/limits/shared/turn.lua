-- Takes the next turn: so many in a window, the others one after the other (a sliding window).
-- KEYS: the turns that were taken, by this server's clock in microseconds, the last one first.
-- ARGV: how many in a window, the window, how many may wait for theirs, the longest time that
-- one may wait, how late a turn can be that anybody was given, and how many turns are remembered.
-- Answers the microseconds until the turn or, where there is none, less than nothing: as many
-- until there would have been one.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local most, window, queue = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, latest, kept = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local function of_last(count)
  local turn = count > 0 and redis.call('LINDEX', KEYS[1], count - 1)
  return turn and tonumber(turn)
end
local last = of_last(1) or now
-- A clock was set back.
if last > now + latest then
  redis.call('DEL', KEYS[1])
  last = now
end
local earlier = of_last(most)
local turn = math.max(now, last, earlier and earlier + window or now)
local wait = turn - now
if wait > 0 then
  local earliest = of_last(queue)
  if queue == 0 or (earliest and earliest > now) or wait > longest then return -wait end
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', turn))
redis.call('LTRIM', KEYS[1], 0, kept - 1)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((wait + window) / 1000)))
return wait
