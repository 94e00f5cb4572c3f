/** What looop is compiled for, as release files name it, with what Deno calls it. */
export const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
};

/** The target that this machine is, by its release name; `undefined` where looop is not compiled for it. */
export function ownTarget(): string | undefined {
  return Object.keys(TARGETS).find((name) => TARGETS[name] === Deno.build.target);
}

/** The name of the program compiled for a target. */
export function programName(target: string): string {
  return `looop-${target}${target.startsWith("windows") ? ".exe" : ""}`;
}
