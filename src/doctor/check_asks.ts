import { join } from "@std/path";
import { listAsks } from "../humans/ask_files.ts";
import { isExpired } from "../model/ask.ts";
import type { Check } from "./check.ts";
import { fail, ok, warn } from "./finding.ts";

/** Looks at the files of `asks/`, and at approvals that nobody gave in time. */
export const checkAsks: Check = {
  name: "asks",
  needsProfile: true,
  async run({ profile }) {
    const { asks, broken } = await listAsks(profile);
    const now = profile.clock.now().toISOString();
    const late = asks.filter((ask) => isExpired(ask, now));
    const open = asks.filter((ask) => !ask.answer && !late.includes(ask));
    const path = (problem: string) => join(profile.paths.dataDir, fileIn(problem));
    const wrong = [
      ...broken.map((problem) => fail("asks", problem, `mend ${path(problem)}, or remove it`)),
      ...late.map(({ id, approval }) => {
        const found = `approval ${id} ran out at ${approval?.expires_at}; the next move closes it`;
        return warn("asks", found, "looop tick, and the loop asks anew if it still wants that");
      }),
    ];
    return wrong.length > 0 ? wrong : [ok("asks", `${open.length} open`)];
  },
};

function fileIn(problem: string): string {
  return /asks\/\S+\.json/.exec(problem)?.[0] ?? "asks";
}
