-- Takes from each budget in turn, up to the first that refuses and is enforced (GCRA).
-- KEYS: the budgets. ARGV, four for each: how many at once, microseconds until one more is
-- allowed, 1 where a refusal is one, and how many are taken. A budget is kept as the time when it
-- is full again, by this server's clock, and goes by itself then.
-- Answers for each: microseconds until it is full again or, where it refused, less than
-- nothing: as many until so many are allowed.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local answers = {}
for index, key in ipairs(KEYS) do
  local burst = tonumber(ARGV[4 * index - 3])
  local refill = tonumber(ARGV[4 * index - 2])
  local full_at = tonumber(redis.call('GET', key) or now) or now
  -- No budget is ever emptier than empty, also where a clock was set back or a setting changed.
  full_at = math.min(math.max(full_at, now), now + burst * refill)
  local next_full_at = full_at + refill * tonumber(ARGV[4 * index])
  local wait = next_full_at - now - burst * refill
  if wait > 0 then
    answers[index] = -wait
    if ARGV[4 * index - 1] == '1' then break end
  else
    local kept = math.max(math.ceil((next_full_at - now) / 1000), 1)
    redis.call('SET', key, string.format('%.0f', next_full_at), 'PX', string.format('%.0f', kept))
    answers[index] = next_full_at - now
  end
end
return answers
