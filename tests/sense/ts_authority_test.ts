import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { denoEnv } from "../../src/sense/ts_permissions.ts";
import { sense } from "../../src/sense/sense.ts";
import { denoDir } from "../support/looop.ts";
import { tempProfile } from "../support/temp_profile.ts";

for (const variable of ["DENO_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"]) {
  Deno.test(`a .ts sensor trusts the certificate authority of ${variable}`, async () => {
    const dir = await Deno.makeTempDir();
    const [key, cert] = [join(dir, "key.pem"), join(dir, "cert.pem")];
    const made = await new Deno.Command("openssl", {
      args: [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        ...["-days", "2", "-subj", "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-keyout", key, "-out", cert],
      ],
    }).output();
    assertEquals(made.code, 0);
    const server = Deno.serve({
      ...{ hostname: "127.0.0.1", port: 0, onListen: () => {} },
      ...{ cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) },
    }, () => new Response("hello"));
    const url = `127.0.0.1:${server.addr.port}`;
    try {
      await using profile = await tempProfile({
        env: { [variable]: cert, DENO_DIR: denoDir() },
        files: {
          "sensors/web.ts": `#!/usr/bin/env -S deno run\n// looop: allow-net=${url}\n` +
            `const text = await (await fetch("https://${url}/")).text();\n` +
            `console.log(JSON.stringify({ signal: text }));\n`,
        },
      });
      const { readings: [reading] } = await sense(profile);
      assertEquals(reading.result, { ok: true, value: { signal: "hello" } });
    } finally {
      await server.shutdown();
      await Deno.remove(dir, { recursive: true });
    }
  });
}

Deno.test("denoEnv prefers Deno's own variable of a certificate authority", async () => {
  await using profile = await tempProfile({
    env: { DENO_CERT: "/own.pem", SSL_CERT_FILE: "/ca.pem", NODE_EXTRA_CA_CERTS: "/more.pem" },
  });
  assertEquals(denoEnv(profile, []).DENO_CERT, "/own.pem");
});
