import { fileAccess } from "../host/file_access.ts";
import type { Check } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** Looks at who else may read or write in the data directory. */
export const checkPermissions: Check = {
  name: "permissions",
  needsProfile: true,
  async run({ profile: { paths, configPath } }) {
    const findings = await Promise.all([
      look(paths.dataDir, "700", 0o077),
      look(paths.own, "700", 0o077),
      look(paths.secret, "600", 0o077),
      // It names commands; to read it harms nobody.
      look(configPath, "go-w", 0o022),
    ]);
    const wrong = findings.flat();
    const all = "the data directory and its secret are closed to others";
    return wrong.length > 0 ? wrong : [ok("permissions", all)];
  },
};

async function look(path: string, mode: string, forbidden: number): Promise<Finding[]> {
  const access = await fileAccess(path);
  if (access === null) return [];
  const findings: Finding[] = [];
  if (!access.own) {
    const found = `${path} belongs to another user than looop runs as`;
    findings.push(warn("permissions", found, `chown $(id -u) ${path}`));
  }
  const open = access.mode & forbidden;
  if (open === 0) return findings;
  const others = `(mode ${access.mode.toString(8).padStart(4, "0")})`;
  const fix = `chmod ${mode} ${path}`;
  findings.push(
    (open & 0o022) !== 0
      ? fail("permissions", `others may write to ${path} ${others}`, fix)
      : warn("permissions", `others may read ${path} ${others}`, fix),
  );
  return findings;
}
