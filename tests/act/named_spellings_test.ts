import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { act } from "../../src/act/act.ts";
import { admitMove } from "../../src/admit/admit.ts";
import type { Move } from "../../src/schema/move.ts";
import { intentOf } from "../log/intent_of.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const WORLD = {
  ...{ at: "", playbook: { text: "", digest: "" }, goals: [], readings: [] },
  ...{ workers: [], asks: [], claims: [], schedules: [] },
};

/** Commands that start `reports/fix.sh`, by other names. */
const SPELLINGS = [
  "bash reports//./fix.sh",
  "bash reports/d/../fix.sh",
  "bash lnk",
  "bash reports/f?x.sh",
  "bash rep*/fix.sh",
  "bash reports/{fix,none}.sh",
  "bash rep{orts,}/fix.sh",
  "bash {rep,{x,y}}orts/fix.sh",
  "bash re\\ports/fix.sh",
  "bash $'reports/fi\\x78.sh'",
  "bash $'\\162eports/fix.sh'",
  "bash $'reports/\\u0066ix.sh'",
  'eval "bash repo""rts/fix.sh"',
  "X=fix; bash reports/$X.sh",
  "X='fix'\nbash reports/${X}.sh",
  "R=rep; bash ${R}orts/fix.sh",
  "bash ${NONE:-reports}/fix.sh",
  "bash ${NONE-reports/fix.sh}",
  "for d in rep; do bash ${d}orts/fix.sh; done",
  "set -- rep; bash ${1}orts/fix.sh",
  "a=(rep); bash ${a[0]}orts/fix.sh",
  "bash ./$(echo rep)orts/fix.sh",
  'd=`echo orts`; bash "$PWD/rep$d/fix.sh"',
  "bash reports/$(echo fix).sh",
  "bash reports/`echo fix`.sh",
  "printf -v p 'reports/%s' fix.sh; bash $p",
  "bash ~+/reports/fix.sh",
  "bash /proc/self/cwd/reports/fix.sh",
  'bash "$PWD/reports/fix.sh"',
  "bash <reports/fix.sh",
  "cd reports && . ./fix.sh",
  "env -C reports bash fix.sh",
  "find reports -name '*.sh' -exec bash {} \\;",
  "for f in reports/*.sh; do bash $f; done",
  "BASH_ENV=reports/fix.sh bash -c true",
  "awk -freports/fix.awk",
  "python3 -B -m reports.fix",
  "python3 -B -m reports.package",
  "cd goals && bash ../reports/fix.sh",
  "cd goals && bash ../rep*/f*.sh",
  "cd /; bash ~-/reports/fix.sh",
  "pushd / >/dev/null; make -sC ~1/reports",
  "bash /proc/$BASHPID/cwd/reports/fix.sh",
  "make -sfreports/Makefile",
  "env -S 'bash\\_reports/fix.sh'",
  "bash rep\\\norts/fix.sh",
  "eval $'bash\\treports/fix.sh'",
  "IFS=X; x=bashXreports/fix.sh; $x",
  "bash r$@eports/fix.sh",
  "bash r[[:lower:]]ports/fix.sh",
  "bash repo{r,}ts{/,}fix.sh",
  "shopt -s extglob; eval 'bash !(goals)/fix.sh'",
  "x=rep; x+=orts/fix.sh; bash $x",
  "set -- rep orts fix.sh; bash $1$2/$3",
  "x=REPORTS; cd ${x,,}; . ./fix.sh",
];

async function apply(profile: TempProfile, command: string, change: () => Promise<void>) {
  const move: Move = { action: "run", command, journal: "x" };
  const { action } = await admitMove(profile, move, {
    ...{ world: WORLD, comparison: { changes: [] }, tainted: false },
  });
  await change();
  return await act(profile, intentOf(move, { action }));
}

Deno.test("a command runs no file of the data directory that was changed since it was admitted, however it is spelled", async () => {
  await using profile = await tempProfile({ history: false });
  const write = async (text: string) => {
    await profile.write("reports/fix.sh", `echo ${text}\n`, 0o700);
    await profile.write("reports/fix.py", `print("${text}")\n`);
    await profile.write("reports/package/__main__.py", `print("${text}")\n`);
    await profile.write("reports/Makefile", `all:;@echo ${text}\n`);
    await profile.write("reports/fix.awk", `BEGIN { print "${text}" }\n`);
  };
  await profile.write("reports/d/a", "");
  await Deno.symlink("reports/fix.sh", join(profile.paths.dataDir, "lnk"));
  for (const command of SPELLINGS) {
    await write("first");
    const { output_tail, summary } = await apply(profile, command, () => Promise.resolve());
    assertEquals([output_tail, summary], ["first", "exit 0"], command);
    const changed = await apply(profile, command, () => write("second"));
    assertEquals([changed.status, changed.output_tail], ["failed", undefined], command);
    assertStringIncludes(changed.summary, "was changed since this was admitted");
  }
});
