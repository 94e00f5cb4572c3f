import { assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { sense } from "../../src/sense/sense.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { resultsOf } from "./results_of.ts";

Deno.test("a .ts sensor runs with its modules and needs not be executable", async () => {
  await using profile = await tempProfile({
    files: { "sensors/lib/x.ts": "export const x: number = 1;\n" },
  });
  const script = 'import { x } from "./lib/x.ts";\nimport { sep } from "node:path";\n' +
    "console.log(JSON.stringify({ x, sep }));\n";
  await profile.write("sensors/t.ts", script, 0o600);
  assertEquals(await resultsOf(profile), { t: { x: 1, sep: "/" } });
});

Deno.test("a .ts sensor gets the permissions that its header names", async () => {
  await using server = Deno.serve({ port: 0, onListen: () => {} }, () => new Response("hello"));
  const origin = `localhost:${server.addr.port}`;
  await using profile = await tempProfile({
    files: {
      "sensors/t.ts":
        `// looop: allow-net=${origin} allow-env=TOKEN env=OTHER allow-read=PLAYBOOK.md\n` +
        "console.log(JSON.stringify({\n" +
        `  net: await (await fetch("http://${origin}/")).text(),\n` +
        '  env: Deno.env.get("TOKEN"),\n  other: Deno.env.get("OTHER"),\n' +
        '  read: Deno.readTextFileSync("PLAYBOOK.md"),\n' +
        "}));\n",
    },
    env: { TOKEN: "t", OTHER: "o" },
  });
  assertEquals(await resultsOf(profile), {
    t: { net: "hello", env: "t", other: "o", read: "# Playbook\n" },
  });
});

Deno.test("a .ts sensor that is denied something says which permission it needs", async () => {
  await using profile = await tempProfile({
    files: {
      "sensors/allenv.ts": "Deno.env.toObject();",
      "sensors/env.ts": 'Deno.env.get("HOME");',
      "sensors/ffi.ts": 'Deno.dlopen("/lib/x.so", {});',
      "sensors/import.ts": 'await import("https://x.org/a" + ".ts");',
      "sensors/net.ts": 'await fetch("https://api.github.com/");',
      "sensors/net-port.ts": '// looop: allow-net=a.org\nawait fetch("http://b.org:81/");',
      "sensors/net-listen.ts": 'Deno.listen({ hostname: "127.0.0.1", port: 8123 });',
      "sensors/read.ts": "Deno.readTextFileSync(`${import.meta.dirname}/../PLAYBOOK.md`);",
      "sensors/run.ts": 'new Deno.Command("ls").outputSync();',
      "sensors/sys.ts": "Deno.hostname();",
      "sensors/write.ts": '// looop: allow-read=/\nDeno.writeTextFileSync("x", "");',
    },
  });
  const never = "which a .ts sensor cannot have; use a shell sensor";
  assertEquals(await resultsOf(profile), {
    allenv: `it needs all env access, ${never}`,
    env: "it needs allow-env=HOME in its header",
    ffi: `it needs ffi access to "/lib/x.so", ${never}`,
    import: `it needs import access to "x.org:443", ${never}`,
    net: "it needs allow-net=api.github.com in its header",
    "net-port": "it needs allow-net=b.org:81 in its header",
    "net-listen": "it needs allow-net=127.0.0.1:8123 in its header",
    read: "it needs allow-read=PLAYBOOK.md in its header",
    run: `it needs run access to "ls", ${never}`,
    sys: "it needs allow-sys=hostname in its header",
    write: `it needs write access to "x", ${never}`,
  });
});

Deno.test("a .ts sensor imports nothing from outside sensors/", async () => {
  await using profile = await tempProfile({
    files: {
      "secret.json": '{"secret":1}',
      "sensors/http.ts": 'import "https://deno.land/std/path/mod.ts";',
      "sensors/json.ts": 'import s from "../secret.json" with { type: "json" }; console.log(s);',
      "sensors/later.ts":
        'console.log((await import("../secret.json", { with: { type: "json" } })).default);',
      "sensors/lib/deep.ts": 'export { default } from "../../secret.json" with { type: "json" };',
      "sensors/link.ts": 'import "./lib/link.ts";',
      "sensors/npm.ts": 'import "npm:zod";',
      "sensors/text.ts": 'import s from "../PLAYBOOK.md" with { type: "text" }; console.log(s);',
      "sensors/through.ts": 'import s from "./lib/deep.ts"; console.log(s);',
    },
  });
  await Deno.symlink("../../secret.json", `${profile.paths.sensors}/lib/link.ts`);
  const why = "a .ts sensor may import only from sensors/";
  const data = profile.paths.dataDir;
  assertEquals(await resultsOf(profile), {
    http: `it imports https://deno.land/std/path/mod.ts: ${why}`,
    json: `it imports ${data}/secret.json: ${why}`,
    later: `it imports ${data}/secret.json: ${why}`,
    link: `it imports ${data}/sensors/lib/link.ts: ${why}`,
    npm: `it imports npm:zod: ${why}`,
    text: `it imports ${data}/PLAYBOOK.md: ${why}`,
    through: `it imports ${data}/secret.json: ${why}`,
  });
});

Deno.test("a .ts sensor's modules are checked anew when one of them changed", async () => {
  const good = 'import { x } from "./lib/x.ts";\nconsole.log(JSON.stringify({ x }));\n';
  await using profile = await tempProfile({
    files: { "secret.ts": "export const x = 9;\n", "sensors/lib/x.ts": "export const x = 1;\n" },
  });
  await profile.write("sensors/t.ts", good);
  assertEquals(await resultsOf(profile), { t: { x: 1 } });
  const checked = await profile.read(".looop/modules/t.json");
  await profile.write("sensors/lib/x.ts", 'export { x } from "../../secret.ts";\n');
  const refused = {
    t: `it imports ${profile.paths.dataDir}/secret.ts: a .ts sensor may import only from sensors/`,
  };
  assertEquals(await resultsOf(profile), refused);
  assertEquals(await resultsOf(profile), refused);
  await profile.write("sensors/lib/x.ts", "export const x = 2;\n");
  assertEquals(await resultsOf(profile), { t: { x: 2 } });
  await profile.write("sensors/t.ts", good.replace("./lib/x.ts", "../secret.ts"));
  assertEquals(await resultsOf(profile), refused);
  for (const hostile of ["{}", "[]", "nonsense", '{"t.ts":1}', checked]) {
    await profile.write(".looop/modules/t.json", hostile);
    assertEquals(await resultsOf(profile), refused);
  }
  await Deno.remove(`${profile.paths.sensors}/t.ts`);
  await resultsOf(profile);
  assertEquals([...Deno.readDirSync(`${profile.paths.own}/modules`)], []);
});

Deno.test("a .ts sensor that cannot be loaded, or throws, says why in one line", async () => {
  await using profile = await tempProfile({
    files: {
      "deno.json": '{"imports":{"zod":"./x.ts"}}',
      "package.json": '{"dependencies":{"zod":"*"}}',
      "sensors/bare.ts": 'import "zod";',
      "sensors/exit.ts": "Deno.exit(3);",
      "sensors/missing.ts": 'import "./lib/none.ts";',
      "sensors/syntax.ts": "console.log(1",
      "sensors/throw.ts": 'throw new Error("boom\\nand more");',
    },
  });
  const { sensors } = profile.paths;
  assertEquals(await resultsOf(profile), {
    bare: 'it failed: Import "zod" not a dependency',
    exit: "it exited with status 3",
    missing: `it cannot be loaded: Module not found "${toFileUrl(`${sensors}/lib/none.ts`)}".`,
    syntax: "it cannot be loaded: SyntaxError: Expected ',', got '<eof>'",
    throw: "it failed: Error: boom",
  });
});

Deno.test("a .ts sensor may be a symlink to elsewhere, runs with its own permissions, and is read again when that changes", async () => {
  await using profile = await tempProfile({
    files: { "sensors/lib/two.ts": "export const two = 2;\n" },
  });
  const dots = join(profile.root, "dots");
  await Deno.mkdir(dots);
  const write = (name: string, text: string) => Deno.writeTextFile(join(dots, name), text);
  await write("plain.ts", "console.log(JSON.stringify({ signal: 1 }));\n");
  await write(
    "helped.ts",
    'import { two } from "./lib/two.ts";\nconsole.log(JSON.stringify({ signal: two }));\n',
  );
  await write("stray.ts", 'import "../../dots/plain.ts";\n');
  await write("denied.ts", 'Deno.readTextFileSync("/etc/hostname");\n');
  const names = ["plain", "helped", "stray", "denied"];
  for (const name of names) {
    await Deno.symlink(`../../dots/${name}.ts`, join(profile.paths.sensors, `${name}.ts`));
  }
  await Deno.symlink("nowhere.ts", join(profile.paths.sensors, "gone.ts"));
  const results = async () =>
    Object.fromEntries(
      (await sense(profile)).readings.map((
        { name, result },
      ) => [name, result.ok ? result.value : result.error]),
    );
  const why = "a .ts sensor may import only from sensors/";
  const expected = {
    denied: "it needs allow-read=/etc/hostname in its header",
    gone: "sensors/gone.ts is a dangling symlink",
    helped: { signal: 2 },
    plain: { signal: 1 },
    stray: `it imports ${join(dots, "plain.ts")}: ${why}`,
  };
  assertEquals(await results(), expected);
  await write("plain.ts", "console.log(JSON.stringify({ signal: 3 }));\n");
  assertEquals(await results(), { ...expected, plain: { signal: 3 } });
});
