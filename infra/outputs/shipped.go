package outputs

// ShippedDir is the folder, within the folder of an asset that was made for the
// local executor, that holds the code a deployment would ship. It is there
// where the app was synthesized for a platform (infra/benchapi); beside it is
// the code for that platform. What runs, and what is uploaded, has no such folder.
const ShippedDir = ".shipped"
