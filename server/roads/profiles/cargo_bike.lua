-- Cargo bikes: a bicycle that is slower, a metre wide, and cannot be carried up stairs.
package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. package.path
local bicycle = require("bicycle")

local PACE = 0.9 -- of a bicycle's
local WIDTH_M = 1.0 -- a box bike and its rider's elbows
local PUSHED_KMH = 3 -- a loaded one

local function slower(speeds)
  for kind, kmh in pairs(speeds) do
    speeds[kind] = kmh * PACE
  end
end

local function setup()
  local profile = bicycle.setup()
  profile.exclude_cargo_bike = true -- heed cargo_bike=no
  profile.width = WIDTH_M -- heed the width of ways and of gaps in barriers
  profile.default_speed = profile.default_speed * PACE
  profile.vehicle_max_speed = profile.vehicle_max_speed * PACE
  slower(profile.bicycle_speeds)
  slower(profile.surface_speeds)
  for kind in pairs(profile.pedestrian_speeds) do
    profile.pedestrian_speeds[kind] = PUSHED_KMH
  end
  profile.walking_speed = PUSHED_KMH
  profile.pedestrian_speeds.steps = nil
  profile.man_made_speeds.pier = nil
  profile.use_public_transport = false
  return profile
end

return {
  setup = setup,
  process_way = bicycle.process_way,
  process_node = bicycle.process_node,
  process_turn = bicycle.process_turn,
}
