-- Bicycles and e-bikes: OSRM's own bicycle profile as it comes with the programs.
package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. package.path
return require("bicycle")
