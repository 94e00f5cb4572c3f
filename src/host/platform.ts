/** What looop runs on, for bug reports: `deno 2.9.6, linux x86_64`. */
export function platform(): string {
  return `deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`;
}
