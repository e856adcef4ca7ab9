-- Takes from each budget in order, up to the first budget that rejects (GCRA). A look takes
-- nothing.
-- KEYS: the budgets. The value of a budget is the time at which the budget is full again, by this
-- server's clock. The key expires at this time.
-- ARGV: 1 for a look, then four values for each budget:
-- 1. the number of tokens of a full budget
-- 2. the microseconds in which the budget regains one token
-- 3. 1 if the script stops at this budget for lack of tokens
-- 4. the number of tokens to take
-- Returns, for each budget, the microseconds until the budget is full again. If a budget has too
-- few tokens, the number is negative: the microseconds until the budget has enough tokens.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local is_look = ARGV[1] == '1'
local answers = {}
for index, key in ipairs(KEYS) do
  local burst = tonumber(ARGV[4 * index - 2])
  local refill = tonumber(ARGV[4 * index - 1])
  local full_at = tonumber(redis.call('GET', key) or now) or now
  -- Limits the value to that of an empty budget. A changed clock or setting can leave a later time.
  full_at = math.min(math.max(full_at, now), now + burst * refill)
  local next_full_at = full_at + refill * tonumber(ARGV[4 * index + 1])
  local wait = next_full_at - now - burst * refill
  if wait > 0 then
    answers[index] = -wait
    if ARGV[4 * index] == '1' then break end
  else
    answers[index] = next_full_at - now
    if not is_look then
      local ttl = math.max(math.ceil(answers[index] / 1000), 1)
      redis.call('SET', key, string.format('%.0f', next_full_at), 'PX', string.format('%.0f', ttl))
    end
  end
end
return answers
