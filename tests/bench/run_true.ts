/**
 * What a program costs that loads dax and runs one `true` through it: a floor of the start-up row.
 *
 * @module
 */

import $ from "@david/dax";

await $`true`;
