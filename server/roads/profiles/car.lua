-- Cars: OSRM's own car profile. Its speeds know no traffic; the fleet's own rides correct arrival times.
package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. package.path
local car = require("car")

local function setup()
  local profile = car.setup()
  profile.excludable = Sequence {} -- each class that may be left out would be a network of its own
  return profile
end

return {
  setup = setup,
  process_way = car.process_way,
  process_node = car.process_node,
  process_turn = car.process_turn,
}
