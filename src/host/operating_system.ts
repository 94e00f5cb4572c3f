/** What looop runs on, as Deno names it: `linux`, `darwin`, `windows`, … */
export function operatingSystem(): string {
  return Deno.build.os;
}
