-- Scooters and motorcycles in a city: where a car may go, also where it is narrow, and where tags let motorcycles in.
package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. package.path
local car = require("car")

local function setup()
  local profile = car.setup()
  profile.vehicle_width = 0.9
  profile.vehicle_length = 2.0
  profile.vehicle_height = 1.6
  profile.vehicle_weight = 300
  profile.vehicle_max_speed = 45 -- km/h: what a small scooter may do, and what a city lets the others do
  profile.turn_penalty = 5
  profile.excludable = Sequence {} -- each class that may be left out would be a network of its own
  profile.access_tags_hierarchy = Sequence { "motorcycle", "motor_vehicle", "vehicle", "access" }
  profile.restrictions = Sequence { "motorcycle", "motor_vehicle", "vehicle" }
  return profile
end

return {
  setup = setup,
  process_way = car.process_way,
  process_node = car.process_node,
  process_turn = car.process_turn,
}
