-- Cars: OSRM's own car profile. Its speeds know no traffic; the fleet's own rides correct arrival times.
package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. package.path
return require("car")
