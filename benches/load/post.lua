-- POSTs a JSON body, counted: each %d in it becomes the number of the request. So does that
-- of the Idempotency-Key, where there is one.
-- usage: wrk … -s post.lua URL -- BODY [KEY]

local count = 0
local head, body, key

function init(arguments)
  body, key = arguments[1], arguments[2]
  -- The head is the same for all requests, so it is written once, and the sample body cut off.
  local sample = string.format(body, 0)
  local whole = wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" }, sample)
  head = whole:sub(1, #whole - #sample)
  if key then
    head = head:sub(1, -3) .. "Idempotency-Key: " .. key .. "\r\n\r\n"
  end
end

function request()
  count = count + 1
  local counted = key and string.format(head, count) or head
  return counted .. string.format(body, count)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'result {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
