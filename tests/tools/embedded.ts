/** What `deno compile` put into a program. */
export interface Embedded {
  /** Its files, by their paths, sorted. */
  files: string[];
  /** The settings that it starts with. */
  metadata: Metadata;
}

/** Those of a program's settings that looop decides. */
export interface Metadata {
  argv: string[];
  code_cache_key: unknown;
  log_level: string;
  permissions: Record<string, unknown>;
  v8_flags: string[];
}

type Entry = { Dir: { n: string; e: Entry[] } } | { File: { n: string } };

/** Reads it from the program's file, as Deno 2.9 writes it there: two JSON texts among the bytes. */
export async function readEmbedded(path: string): Promise<Embedded> {
  const bytes = await Deno.readFile(path);
  return {
    files: pathsIn(JSON.parse(jsonFrom(bytes, `[{"File":{"n":"looop.js"`))).sort(),
    metadata: JSON.parse(jsonFrom(bytes, `{"argv":[`)),
  };
}

function pathsIn(entries: Entry[], dir = ""): string[] {
  return entries.flatMap((entry) =>
    "File" in entry
      ? [dir + entry.File.n]
      : "Dir" in entry
      ? pathsIn(entry.Dir.e, `${dir}${entry.Dir.n}/`)
      : []
  );
}

/** The JSON text whose beginning is known, up to its end. */
function jsonFrom(bytes: Uint8Array<ArrayBuffer>, beginning: string): string {
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.lastIndexOf(beginning);
  if (start < 0) throw new Error(`nothing begins with ${beginning}`);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
    } else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") {
      depth--;
      if (depth === 0) return new TextDecoder().decode(bytes.subarray(start, at + 1));
    }
  }
  throw new Error(`what begins with ${beginning} has no end`);
}
