/** Folders of the program and their layers; the one table behind the layer rule and DESIGN's "Layout". */
export const LAYERS: Readonly<Record<string, number>> = {
  ".": 9, // main.ts and mod.ts
  "src/cli": 8,
  "src/init": 7,
  "src": 6, // the files directly in it
  "src/doctor": 6,
  "src/sense": 5,
  "src/diff": 5,
  "src/decide": 5,
  "src/admit": 5,
  "src/act": 5,
  "src/log": 5,
  "src/workers": 4,
  "src/humans": 3,
  "src/profile": 2,
  "src/expr": 1,
  "src/host": 1,
  "src/model": 0,
  "src/std": 0,
};

/** The folders that may import text from `seeds/`. */
export const SEED_READERS: readonly string[] = [
  "src/profile",
  "src/decide",
  "src/cli",
  "src/workers",
];

/** Bare imports that lead back into the program, with what `deno.json` maps them to. */
const OWN_NAMES: Readonly<Record<string, string>> = { "@looop/cli": "mod.ts", "@std/": "src/std/" };

/** Where a file stands. */
export interface Place {
  folder: string;
  /** `undefined` where the folder is missing from {@linkcode LAYERS}. */
  layer: number | undefined;
}

/**
 * Finds the folder and layer of a file, given by its path from the root of the checkout; `null` for tests,
 * seeds and whatever else is no part of the program.
 */
export function placeOf(path: string): Place | null {
  const parts = path.split("/");
  const inSrc = parts[0] === "src";
  if (!inSrc && parts.length > 1) return null;
  const folder = inSrc ? parts.slice(0, Math.min(parts.length - 1, 2)).join("/") : ".";
  return { folder, layer: LAYERS[folder] };
}

/** Says what is wrong with an import by the file `from`; `null` where it is fine. */
export function refuseImport(from: string, specifier: string): string | null {
  const importer = placeOf(from);
  if (importer?.layer === undefined) return null;
  if (specifier.startsWith("deno-std/")) {
    return importer.folder === "src/std"
      ? null
      : `${from} imports ${specifier}, which has no types; import its door in src/std, such as @std/path`;
  }
  const to = resolveImport(from, specifier);
  if (to === null || to === "deno.json") return null;
  if (to.startsWith("seeds/")) {
    return SEED_READERS.includes(importer.folder)
      ? null
      : `${from} imports ${to}; only ${SEED_READERS.join(" and ")} may read seeds`;
  }
  const imported = placeOf(to);
  if (imported === null) {
    return `${from} imports ${to}, which is no part of the program; move what it needs into src/`;
  }
  if (imported.folder === importer.folder) return null;
  if (imported.layer !== undefined && imported.layer < importer.layer) return null;
  return `${from} (layer ${importer.layer}) imports ${to} (layer ${
    imported.layer ?? "unknown"
  }), but may only ` +
    "import its own folder and lower layers; pass the value in, or move what both need further down";
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
