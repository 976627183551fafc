// Unit specs of filters/: `npm run unit`.
export { default } from "heirloom/as-pect.config.js";
