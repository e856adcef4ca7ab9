-- Refunds tokens to each budget.
-- KEYS: the budgets. A full budget has no key.
-- ARGV: for each budget, the microseconds by which the refund makes the budget full earlier.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
for index, key in ipairs(KEYS) do
  local full_at = tonumber(redis.call('GET', key) or now) or now
  local next_full_at = full_at - tonumber(ARGV[index])
  if next_full_at <= now then
    redis.call('DEL', key)
  else
    local ttl = math.max(math.ceil((next_full_at - now) / 1000), 1)
    redis.call('SET', key, string.format('%.0f', next_full_at), 'PX', string.format('%.0f', ttl))
  end
end
return #KEYS
