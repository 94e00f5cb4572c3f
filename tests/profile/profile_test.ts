import { assertEquals, assertThrows } from "@std/assert";
import { envOf } from "../../src/os/env.ts";
import { childEnv } from "../../src/profile/child_env.ts";
import { locateProfile, openProfile, warnOnce } from "../../src/profile/profile.ts";
import { UserError } from "../../src/schema/errors.ts";

function locate(env: Record<string, string>): [string, string] {
  const { dataDir, configPath } = locateProfile(envOf(env));
  return [dataDir, configPath];
}

Deno.test("locateProfile prefers looop's own variables, then XDG's, then HOME", () => {
  const home = { HOME: "/home/ann" };
  assertEquals(locate(home), ["/home/ann/.local/state/looop", "/home/ann/.config/looop.json"]);
  const xdg = { ...home, XDG_STATE_HOME: "/s", XDG_CONFIG_HOME: "/c" };
  assertEquals(locate(xdg), ["/s/looop", "/c/looop.json"]);
  const own = { LOOOP_DATA_DIR: "/d/../e/", LOOOP_CONFIG: "/f.json" };
  assertEquals(locate({ ...xdg, ...own }), ["/e", "/f.json"]);
  assertEquals(locate(own), ["/e", "/f.json"]);
  assertEquals(locate({ ...home, LOOOP_DATA_DIR: "" })[0], "/home/ann/.local/state/looop");
});

Deno.test("locateProfile says what to set where it cannot tell", () => {
  const needs = ": HOME is not an absolute path; set it, or LOOOP_DATA_DIR and LOOOP_CONFIG";
  assertThrows(() => locate({}), UserError, `cannot locate the data directory${needs}`);
  assertThrows(() => locate({ HOME: "ann" }), UserError, needs);
  const half = { LOOOP_DATA_DIR: "/d" };
  assertThrows(() => locate(half), UserError, `cannot locate the config file${needs}`);
});

Deno.test("openProfile drops the entries of PATH that are empty or relative, for looop and its children", async () => {
  const places = { dataDir: "/d", configPath: "/nowhere/looop.json" };
  const open = (PATH: string) => openProfile({ ...places, environment: { HOME: "/h", PATH } });
  const profile = await open("reports::/opt/bin:.:/bin");
  const found = [profile.environment.PATH, profile.env("PATH"), childEnv(profile).PATH];
  assertEquals(found, Array(3).fill("/opt/bin:/bin"));
  const without = await open("reports:");
  assertEquals(without.env("PATH"), undefined);
  assertEquals(childEnv(without).PATH, "/usr/local/bin:/usr/bin:/bin");
});

Deno.test("locateProfile takes ~ for the home where no shell has, and refuses what else a shell would expand", () => {
  const home = { HOME: "/home/ann", LOOOP_CONFIG: "/f.json", LOOOP_DATA_DIR: "/d" };
  assertEquals(locate({ ...home, LOOOP_DATA_DIR: "~/x", LOOOP_CONFIG: "~/y.json" }), [
    "/home/ann/x",
    "/home/ann/y.json",
  ]);
  const xdg = { HOME: "/home/ann", XDG_STATE_HOME: "~/state", XDG_CONFIG_HOME: "~" };
  assertEquals(locate(xdg), ["/home/ann/state/looop", "/home/ann/looop.json"]);
  assertEquals(locate({ ...home, LOOOP_DATA_DIR: "/data/~/x y#%?$\\" })[0], "/data/~/x y#%?$\\");
  const literal = [
    "~bob/x",
    "~+",
    "$HOME/x",
    "${HOME}/x",
    "$(pwd)",
    '"/home/ann"',
    "'/x'",
    "`pwd`",
    "%HOME%/x",
    "file:///home/ann/x",
  ];
  for (const path of literal) {
    for (const name of ["LOOOP_DATA_DIR", "LOOOP_CONFIG"]) {
      const why =
        `cannot use ${name}: ${path} is not expanded by what sets it; write the whole path`;
      assertThrows(() => locate({ ...home, [name]: path }), UserError, why);
    }
  }
  assertThrows(
    () => locate({ LOOOP_DATA_DIR: "~/x", LOOOP_CONFIG: "/f.json" }),
    UserError,
    "is not expanded",
  );
});

Deno.test("locateProfile refuses what a line of a file leaves around a path: no directory is named so", () => {
  const home = { HOME: "/home/ann", LOOOP_CONFIG: "/f.json", LOOOP_DATA_DIR: "/d" };
  for (
    const path of ["/x\r", "/x ", " /x", "~/x\r", "~/x\t", "/x\n/y", "/x\u00a0", " ", "/x\u0007"]
  ) {
    const names = ["LOOOP_DATA_DIR", "LOOOP_CONFIG", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];
    for (const name of names) {
      const env = name.startsWith("XDG") ? { HOME: "/home/ann" } : home;
      const why = `cannot use ${name}: ${JSON.stringify(path)} has a space or a control character`;
      assertThrows(() => locate({ ...env, [name]: path }), UserError, why);
    }
  }
  assertEquals(locate({ ...home, LOOOP_DATA_DIR: "/a b/ c/d" })[0], "/a b/ c/d");
});

Deno.test("warnOnce tells a text once while it keeps coming, and forgets what has not come for long", () => {
  const told: string[] = [];
  const tell = warnOnce((text) => told.push(text));
  tell("rare");
  tell("steady");
  for (let n = 0; n < 1000; n++) {
    tell(`worker ${n} is left out`);
    tell("steady");
  }
  assertEquals(told.filter((text) => text === "steady").length, 1);
  assertEquals(told.length, 1002);
  tell("worker 999 is left out");
  assertEquals(told.length, 1002);
  tell("rare");
  assertEquals(told.at(-1), "rare");
  assertEquals(told.length, 1003);
});

Deno.test("warnOnce tells again what could not be told", () => {
  const told: string[] = [];
  let full = true;
  const tell = warnOnce((text) => {
    if (full) throw new Error("no space left");
    told.push(text);
  });
  tell("a");
  full = false;
  tell("a");
  tell("a");
  assertEquals(told, ["a"]);
});
