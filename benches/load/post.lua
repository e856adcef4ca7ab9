-- POSTs a JSON body from many client addresses. Each %d in the body and in the Idempotency-Key
-- becomes the number of the request.
-- usage: wrk … -s post.lua URL -- BODY ADDRESSES KEY SECONDS
-- An empty KEY sends none. With SECONDS, all connections open before the first request, because some
-- servers accept few while they are busy. After SECONDS the connections stay open and send nothing.

-- The /24 networks of 198.18.0.0/15, which RFC 2544 reserves for benchmarks.
local NETWORKS = 500
-- Milliseconds in which all connections open.
local OPENING = 2000

local count = 0
local addresses = {}
local head, body, key

function init(arguments)
  body, key = arguments[1], arguments[3]
  pause_after(tonumber(arguments[4]))
  for number = 0, tonumber(arguments[2]) - 1 do
    local network, host = number % NETWORKS, math.floor(number / NETWORKS) + 1
    local high = 18 + math.floor(network / 256)
    addresses[number + 1] = string.format("198.%d.%d.%d", high, network % 256, host)
  end
  -- Formats the head once, because all requests have the same, and cuts off the sample body.
  local sample = string.format(body, 0)
  local whole = wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" }, sample)
  head = whole:sub(1, #whole - #sample - 2) .. "X-Forwarded-For: %s\r\n"
  if key ~= "" then
    head = head .. "Idempotency-Key: " .. key .. "\r\n"
  end
  head = head .. "\r\n"
end

-- wrk asks for the delay of each request, in milliseconds, only if there is such a function.
function pause_after(seconds)
  local pause = os.time() + seconds
  if seconds > 0 then
    delay = function()
      -- wrk has called `request` once before, to check it.
      return count <= 1 and OPENING or os.time() < pause and 0 or 3600000
    end
  end
end

function request()
  count = count + 1
  local address = addresses[count % #addresses + 1]
  return string.format(head, address, count) .. string.format(body, count)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'result {"requests":%d,"microseconds":%d,"rejected":%d,"broken":%d,"timeouts":%d,"mean":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout,
    latency.mean, latency:percentile(50), latency:percentile(99)))
end
