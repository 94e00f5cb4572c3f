/**
 * The directories of the program, lowest layer first: a file imports its own directory and directories of a lower
 * layer. The stages of a tick stand in their order, so a stage may use what an earlier one produces.
 */
const ORDER: readonly (readonly string[])[] = [
  ["src/std"],
  ["src/schema", "src/mask", "src/scripts"],
  ["src/os", "src/cel"],
  ["src/profile"],
  ["src/inbox"],
  ["src/budget"],
  ["src/workers"],
  ["src/sense"],
  ["src/diff", "src/catalogue", "src/goals"],
  ["src/decide"],
  ["src/admit"],
  ["src/act"],
  ["src/log"],
  ["src/documents"],
  ["src/mailbox"],
  ["src/loop"],
  ["src/doctor", "src/init", "src/api", "src/history"],
  ["src/cli"],
  ["."], // main.ts and mod.ts
];

/** Each directory of {@linkcode ORDER} with the number of its layer. */
export const LAYERS: Readonly<Record<string, number>> = Object.fromEntries(
  ORDER.flatMap((dirs, layer) => dirs.map((dir) => [dir, layer])),
);

/** The directories that may import text from `seeds/`. */
export const SEED_READERS: readonly string[] = [
  "src/profile",
  "src/catalogue",
  "src/decide",
  "src/cli",
  "src/workers",
];

/** Bare imports that lead back into the program, with what `deno.json` maps them to. */
const OWN_NAMES: Readonly<Record<string, string>> = { "@looop/cli": "mod.ts", "@std/": "src/std/" };

/** The directory of a file, and its layer. */
export interface Place {
  dir: string;
  /** `undefined` where the directory is missing from {@linkcode LAYERS}: files directly in `src/` have none. */
  layer: number | undefined;
}

/**
 * Finds the directory and layer of a file by its path from the root of the checkout; `null` for files that are not
 * part of the program, such as tests and seeds.
 */
export function placeOf(path: string): Place | null {
  const parts = path.split("/");
  const inSrc = parts[0] === "src";
  if (!inSrc && parts.length > 1) return null;
  const dir = inSrc ? parts.slice(0, Math.min(parts.length - 1, 2)).join("/") : ".";
  return { dir, layer: LAYERS[dir] };
}

/** Says what is wrong with an import by the file `from`; `null` where it is fine. */
export function refuseImport(from: string, specifier: string): string | null {
  const importer = placeOf(from);
  if (importer?.layer === undefined) return null;
  if (specifier.startsWith("deno-std/")) {
    return importer.dir === "src/std"
      ? null
      : `${from} imports ${specifier}, which has no types; import its door in src/std, such as @std/path`;
  }
  const to = resolveImport(from, specifier);
  if (to === null || to === "deno.json") return null;
  if (to.startsWith("seeds/")) {
    return SEED_READERS.includes(importer.dir)
      ? null
      : `${from} imports ${to}; only ${SEED_READERS.join(" and ")} may read seeds`;
  }
  const imported = placeOf(to);
  if (imported === null) {
    return `${from} imports ${to}, which is not part of the program; move what it needs into src/`;
  }
  if (imported.dir === importer.dir) return null;
  if (imported.layer !== undefined && imported.layer < importer.layer) return null;
  return `${from} (layer ${importer.layer}) imports ${to} (layer ${
    imported.layer ?? "unknown"
  }), but may only ` +
    "import its own directory and lower layers; pass the value in, or move what both need further down";
}

/** The path from the root of what is imported; `null` for a package. */
function resolveImport(from: string, specifier: string): string | null {
  if (/^\.{0,2}\//.test(specifier)) {
    return decodeURIComponent(new URL(specifier, `file:///${from}`).pathname.slice(1));
  }
  for (const [name, path] of Object.entries(OWN_NAMES)) {
    if (specifier.startsWith(name)) return path + specifier.slice(name.length);
  }
  return null;
}
