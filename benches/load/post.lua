-- POSTs a JSON body, counted: each %d in it becomes the number of the request.
-- usage: wrk … -s post.lua URL -- BODY

local count = 0
local head, body

function init(arguments)
  body = arguments[1]
  -- The head is the same for all requests, so it is written once, and the sample body cut off.
  local sample = string.format(body, 0)
  local whole = wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" }, sample)
  head = whole:sub(1, #whole - #sample)
end

function request()
  count = count + 1
  return head .. string.format(body, count)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'result {"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
