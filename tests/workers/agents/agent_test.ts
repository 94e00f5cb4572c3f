import { assertEquals } from "@std/assert";
import { isOwnCommand } from "../../../src/workers/agents/agent.ts";

Deno.test("isOwnCommand takes the commands of the worker contract", () => {
  for (
    const command of [
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "Which of the two?" --options main,next`,
      `$LOOOP_BIN ask w1 'What
now?'`,
      `"$LOOOP_BIN" claim issue-123`,
      `"\${LOOOP_BIN}" unclaim issue-123 `,
      `"$LOOOP_BIN" propose goal x new-goal.md`,
      `"$LOOOP_BIN" propose schedule x 'drafts/new.yaml' && "$LOOOP_BIN" propose playbook "a.md"`,
      `"$LOOOP_BIN" cost add "$LOOOP_SESSION_ID" 0.42`,
      `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`,
      `"$LOOOP_BIN" goal show build`,
      `"$LOOOP_BIN" sensor ls --json`,
      `"$LOOOP_BIN" playbook diff`,
      `"$LOOOP_BIN" status`,
      `"$LOOOP_BIN" propose goal site - <<'END'\n---\ngoal: $(rm -r x)\n---\nEND`,
      `"$LOOOP_BIN" propose playbook - << "END"\n\nEND\n\n"$LOOOP_BIN" told w1 && "$LOOOP_BIN" kill w1\n`,
      `cat > reports/w1.md <<'END'\n; rm -r x\nEND\n"$LOOOP_BIN" propose sensor a.sh reports/w1.md`,
      `cat >"$LOOOP_REPORTS_DIR"/w1.draft.md << 'E'\nE`,
      `cat > "$LOOOP_REPORTS_DIR/w1.md" <<'E'\nE`,
      `"$LOOOP_BIN" told w1; "$LOOOP_BIN" kill w1`,
    ]
  ) assertEquals(isOwnCommand(command, { worker: "w1" }), true, command);
});

Deno.test("isOwnCommand takes nothing that does more, or concerns another worker", () => {
  for (
    const command of [
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "$(rm -r x)"`,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "\`rm -r x\`"`,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" a; rm -r x`,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" a & rm -r x`,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" a\nrm -r x`,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" a | sh`,
      `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" a > PLAYBOOK.md`,
      `"$LOOOP_BIN" claim <(rm -r x)`,
      `"$LOOOP_BIN" kill w2`,
      `"$LOOOP_BIN" kill w1x`,
      ...[
        "/etc/passwd",
        "../x",
        "a/../../x",
        ".ssh/id_rsa",
        ".looop/secret",
        "a/.env",
        "'/x'",
        '"../x"',
      ]
        .flatMap((file) => [
          `"$LOOOP_BIN" propose playbook ${file}`,
          `"$LOOOP_BIN" propose goal x ${file}`,
          `"$LOOOP_BIN" propose goal x a.md ${file}`,
          `"$LOOOP_BIN" propose playbook a.md && "$LOOOP_BIN" propose playbook ${file}`,
        ]),
      `"$LOOOP_BIN" answer 1 yes`,
      `"$LOOOP_BIN" sensor test git`,
      `"$LOOOP_BIN" goal write x -`,
      `"$LOOOP_BIN" playbook restore abc`,
      `"$LOOOP_BIN" start-session w2 -`,
      `"$LOOOP_BIN"`,
      `LOOOP_BIN=sh "$LOOOP_BIN" claim x`,
      `looop claim x`,
      ` "$LOOOP_BIN" claim x`,
      `"$LOOOP_BIN" propose playbook - <<END\n$(rm -r x)\nEND`,
      `"$LOOOP_BIN" propose playbook - <<'END'\n`,
      `"$LOOOP_BIN" propose playbook - <<'END'\nEND\nrm -r x`,
      `"$LOOOP_BIN" propose playbook - <<'END'\n END\nrm -r x\nEND\nrm -r x`,
      `"$LOOOP_BIN" propose playbook - <<'END'; rm -r x\nEND`,
      `"$LOOOP_BIN" propose playbook - <<'END' | sh\nEND`,
      `"$LOOOP_BIN" told w1; rm -r x`,
      `"$LOOOP_BIN" told w1 || "$LOOOP_BIN" kill w1`,
      `cat > reports/w2.md <<'END'\nEND`,
      `cat > reports/w1-b.md <<'END'\nEND`,
      `cat > reports/w1.md" <<'END'\nEND`,
      `cat > reports/../w1.md <<'END'\nEND`,
      `cat > reports/w1.md`,
      `cat > PLAYBOOK.md <<'END'\nEND`,
      `cat > w1.md <<'END'\nEND`,
    ]
  ) assertEquals(isOwnCommand(command, { worker: "w1" }), false, command);
});
