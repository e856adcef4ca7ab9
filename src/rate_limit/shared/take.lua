-- Takes from each budget in order, up to the first one that rejects (GCRA). A look takes nothing.
-- KEYS: the budgets. The value of a budget is the time when it is full again, by this server's
-- clock. It expires then. ARGV: 1 for a look, then four for each budget: the tokens of a full
-- budget, the microseconds in which one token comes back, 1 if too few tokens reject the request,
-- and the number of tokens to take. Returns for each budget the microseconds until it is full
-- again. With too few tokens, it returns a negative number: the microseconds until there are
-- enough.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local is_look = ARGV[1] == '1'
local answers = {}
for index, key in ipairs(KEYS) do
  local burst = tonumber(ARGV[4 * index - 2])
  local refill = tonumber(ARGV[4 * index - 1])
  local full_at = tonumber(redis.call('GET', key) or now) or now
  -- No budget is emptier than empty, also after a clock was set back or a setting changed.
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
