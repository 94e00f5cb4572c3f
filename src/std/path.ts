/**
 * `@std/path` with the functions that looop uses: the POSIX half, since looop needs tmux and a POSIX shell anyway and
 * the other half doubles what is loaded at every start.
 *
 * @module
 */

import { basename as anyBasename } from "deno-std/path/posix/basename.js";
import { dirname as anyDirname } from "deno-std/path/posix/dirname.js";
import { extname as anyExtname } from "deno-std/path/posix/extname.js";
import { fromFileUrl as anyFromFileUrl } from "deno-std/path/posix/from_file_url.js";
import { isAbsolute as anyIsAbsolute } from "deno-std/path/posix/is_absolute.js";
import { join as anyJoin } from "deno-std/path/posix/join.js";
import { relative as anyRelative } from "deno-std/path/posix/relative.js";
import { resolve as anyResolve } from "deno-std/path/posix/resolve.js";
import { toFileUrl as anyToFileUrl } from "deno-std/path/posix/to_file_url.js";

/** The last part of a path, without `suffix` where it ends in that. */
export const basename: (path: string | URL, suffix?: string) => string = anyBasename;

/** The path without its last part; `"."` if there is only one. */
export const dirname: (path: string | URL) => string = anyDirname;

/** The extension with its dot, or `""`. */
export const extname: (path: string | URL) => string = anyExtname;

/** The path of a `file:` URL, decoded. Throws a `TypeError` for any other URL. */
export const fromFileUrl: (url: string | URL) => string = anyFromFileUrl;

/** Whether a path starts at the root. */
export const isAbsolute: (path: string) => boolean = anyIsAbsolute;

/** Joins parts with `/` and normalizes the result. */
export const join: (path: string | URL, ...paths: string[]) => string = anyJoin;

/** The path that leads from one path to another; `""` if they are the same. */
export const relative: (from: string, to: string) => string = anyRelative;

/** The absolute path that the parts lead to, from the current directory where none of them is absolute. */
export const resolve: (...paths: string[]) => string = anyResolve;

/** The `file:` URL of an absolute path. Throws a `TypeError` for a relative one. */
export const toFileUrl: (path: string) => URL = anyToFileUrl;
