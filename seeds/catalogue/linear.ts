// looop: interval=300 timeout=50 trust=untrusted allow-net=api.linear.app:443 allow-env=LINEAR_API_KEY
// The open issues assigned to you in Linear. The signal has their state, priority and due date by identifier; titles
// are detail only. Untrusted: everybody with write access to the workspace writes titles and names of states, and
// issues are created from mails and support requests.

const URL = "https://api.linear.app/graphql";
const KEY_VARIABLE = "LINEAR_API_KEY";

const LIMIT_MS = 20_000;
const SIGNAL_BYTES = 4000;
const ALL_BYTES = 8000;
const QUERY = `query {
  viewer {
    assignedIssues(first: 50, orderBy: createdAt, filter: { state: { type: { nin: ["completed", "canceled"] } } }) {
      nodes { identifier title url priority dueDate state { name } }
      pageInfo { hasNextPage }
    }
  }
}`;

interface Issue {
  identifier: string;
  title: string;
  url: string;
  priority: number;
  dueDate: string | null;
  state: { name: string };
}

interface GraphqlAnswer {
  data?: { viewer?: { assignedIssues?: { nodes?: Issue[]; pageInfo?: { hasNextPage?: boolean } } } };
  errors?: { message?: unknown; extensions?: { code?: unknown } }[];
}

function fail(why: string): never {
  console.error(`linear: ${why}`);
  Deno.exit(1);
}

async function ask(key: string): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(URL, {
      method: "POST",
      redirect: "manual",
      // Linear takes a personal key without a scheme, and other tokens with Bearer.
      headers: {
        "content-type": "application/json",
        authorization: key.startsWith("lin_api_") ? key : `Bearer ${key}`,
      },
      body: JSON.stringify({ query: QUERY }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return { response, text: await response.text() };
  } catch (error) {
    // looop reports which permission is missing.
    if (error instanceof Deno.errors.NotCapable) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    fail(late ? `no answer within ${LIMIT_MS / 1000} s` : "cannot be reached: check the network and URL");
  }
}

function parse(text: string): GraphqlAnswer | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Returns the issues, and whether there are more. Exits if the answer is an error or has an unexpected form. */
function issuesOf({ response, text }: { response: Response; text: string }) {
  const answer = parse(text);
  const errors = Array.isArray(answer?.errors) ? answer.errors : [];
  // Linear uses 400 instead of 429, and may use 200 or 400 instead of 401.
  const codes = errors.map((error) => error?.extensions?.code);
  if (response.status === 401 || codes.includes("AUTHENTICATION_ERROR")) {
    fail(`${KEY_VARIABLE} was refused: make a key in Linear, under Security & access`);
  }
  if (response.status === 429 || codes.includes("RATELIMITED")) {
    const wait = /^\d{1,9}$/.exec(response.headers.get("retry-after") ?? "")?.[0];
    const when = wait === undefined ? "" : `, wait ${wait} s (Retry-After)`;
    fail(`too many requests${when}: give its header a longer interval`);
  }
  if (response.status === 403) fail(`${KEY_VARIABLE} may not read issues: give the key that right`);
  if (!response.ok) fail(`it answered with status ${response.status}: check URL, else wait`);
  if (answer === null) fail("its answer is no JSON: check URL");
  if (errors.length > 0) fail(`it refused the query: ${clean(errors[0]?.message, 100)}`);
  const found = answer.data?.viewer?.assignedIssues;
  if (!Array.isArray(found?.nodes) || !found.nodes.every(isIssue)) {
    fail("its answer has another form than expected: check URL");
  }
  return { issues: found.nodes, more: found.pageInfo?.hasNextPage === true };
}

function isIssue(node: Partial<Issue> | null): boolean {
  return typeof node?.identifier === "string" && typeof node.state?.name === "string";
}

function clean(text: unknown, max: number): string {
  const characters = [...String(text ?? "").toWellFormed().replace(/[\p{C}\s]+/gu, " ").trim()];
  return characters.length <= max ? characters.join("") : `${characters.slice(0, max - 1).join("")}…`;
}

function bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

const key = Deno.env.get(KEY_VARIABLE);
if (!key) fail(`${KEY_VARIABLE} is not set: looop needs it in its environment`);
const { issues, more } = issuesOf(await ask(key));
issues.sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
let open: Record<string, string> = {};
let whole = !more;
for (const { identifier, state, priority, dueDate } of issues) {
  const due = typeof dueDate === "string" ? ` due ${clean(dueDate, 10)}` : "";
  const said = `${clean(state.name, 30)} P${Number(priority)}${due}`;
  const next = { ...open, [clean(identifier, 30)]: said };
  if (bytes(next) > SIGNAL_BYTES) {
    whole = false;
    break;
  }
  open = next;
}
const signal = whole ? { open } : { open, more: true };
const told: unknown[] = [];
for (const { identifier, title, url } of issues) {
  const next = { id: clean(identifier, 30), title: clean(title, 80), url: clean(url, 120) };
  const untold = issues.length - told.length - 1;
  if (bytes({ signal, detail: { issues: [...told, next], untold } }) > ALL_BYTES) break;
  told.push(next);
}
const untold = issues.length - told.length;
console.log(JSON.stringify({ signal, detail: untold > 0 ? { issues: told, untold } : { issues: told } }));
