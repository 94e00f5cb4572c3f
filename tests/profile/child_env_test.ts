import { assertEquals } from "@std/assert";
import { childEnv, mentionedIn } from "../../src/profile/child_env.ts";
import { tempProfile } from "./temp_profile.ts";

Deno.test("childEnv gives the usual variables, those named, and no others", async () => {
  const usual = {
    USER: "me",
    LOGNAME: "me",
    TMPDIR: "/tmp",
    TZ: "UTC",
    LANG: "C",
    LANGUAGE: "en",
    LC_ALL: "C",
    LOOOP_X: "1",
  };
  await using profile = await tempProfile({
    env: {
      ...usual,
      GITHUB_TOKEN: "t",
      LOOOP_X_TOKEN: "t",
      SSH_AUTH_SOCK: "/s",
      EDITOR: "vi",
      AB: "1",
      ABC: "2",
    },
  });
  const own = {
    PATH: profile.env("PATH"),
    HOME: profile.env("HOME"),
    LOOOP_DATA_DIR: profile.paths.dataDir,
    LOOOP_CONFIG: profile.configPath,
  };
  assertEquals(childEnv(profile), { ...usual, ...own } as Record<string, string>);
  assertEquals(
    childEnv(profile, ["AB", "ABSENT", "LOOOP_X_TOKEN", /^EDIT/]),
    { ...usual, ...own, AB: "1", LOOOP_X_TOKEN: "t", EDITOR: "vi" } as Record<string, string>,
  );
});

Deno.test("mentionedIn finds the variables of a shell command", () => {
  assertEquals(
    mentionedIn('curl -H "X: $A_TOKEN" ${B} ${C:-x} ${#D} ${!E} "$1" $$ $(echo $F) \'$G\''),
    ["A_TOKEN", "B", "C", "D", "E", "F", "G"],
  );
});
