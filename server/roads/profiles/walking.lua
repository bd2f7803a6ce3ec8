-- On foot: OSRM's own foot profile.
package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. package.path
return require("foot")
