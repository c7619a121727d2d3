// Looks at a Box service and says which of the contract's open questions it could answer. GETs only, unless BOXTOP_LIVE_WRITE=1, which adds
// one ephemeral box, a command, a shell and a delete. Prints no key, no name, no text of a log or a run: shapes, counts and status codes,
// so that the result can be shown to others.
//
//   node live.mjs        with UPSTASH_BOX_API_KEY, and UPSTASH_BOX_BASE_URL unless the default service is meant
//
// Ends with "N passed, N failed, N skipped": passed are questions with an answer, skipped those that this account cannot answer, failed are
// answers that boxtop would not understand. Runs on node 18, without packages.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const base = (process.env.UPSTASH_BOX_BASE_URL || "https://us-east-1.box.upstash.com").replace(/\/+$/, "");
const key = process.env.UPSTASH_BOX_API_KEY;
const ssh = process.env.BOXTOP_LIVE_SSH; // HOST:PORT, default: the service's host, 22
const write = process.env.BOXTOP_LIVE_WRITE === "1";
const PAUSE_MS = 300; // between requests: be a good guest
const BODY_MAX = 8 << 20;
let requests = 0;

if (!key) {
  console.log("UPSTASH_BOX_API_KEY is not set: the check against the real service is skipped.");
  console.log("0 passed, 0 failed, 1 skipped");
  process.exit(0);
}
const { protocol, hostname } = new URL(base);
if (protocol !== "https:" && !["127.0.0.1", "[::1]", "localhost"].includes(hostname)) {
  console.error(`${base}: plain http is for this machine only`);
  process.exit(2);
}

// One request, at most BODY_MAX bytes of answer. Redirects are not followed: the key would travel along.
async function ask(method, path, { body, headers } = {}) {
  if (requests++ > 0) await new Promise((done) => setTimeout(done, PAUSE_MS));
  const answer = await fetch(base + path, {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(30000),
    headers: { ...(headers ?? { "X-Box-Api-Key": key }), ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body && JSON.stringify(body),
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > BODY_MAX) break;
  }
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: answer.status, headers: answer.headers, text, json };
}
const get = (path, options) => ask("GET", path, options);

const counts = { passed: 0, failed: 0, skipped: 0 };
function say(kind, question, answer) {
  counts[kind]++;
  console.log(`${kind === "passed" ? "answer" : kind === "failed" ? "WRONG " : "open  "} ${question}: ${answer}`);
}
const answered = (question, answer) => say("passed", question, answer);
const wrong = (question, answer) => say("failed", question, answer);
const open = (question, answer) => say("skipped", question, answer);

// How an epoch field is written.
function stamp(value) {
  if (value === undefined || value === null) return "absent";
  if (typeof value === "string") return isNaN(Date.parse(value)) ? "other text" : "ISO text";
  if (typeof value !== "number") return typeof value;
  return value < 1e11 ? "seconds" : value < 1e14 ? "milliseconds" : "finer than milliseconds";
}
const shape = (value) => (value && typeof value === "object" && !Array.isArray(value) ? Object.keys(value).sort().join(" ") : typeof value);
const kinds = (values) => [...new Set(values)].sort().join(", ") || "none";
const id = (box) => encodeURIComponent(box.id);

async function list() {
  const answer = await get("/v2/box");
  if (answer.status === 401) {
    console.error("The service refused the key (401).");
    process.exit(4);
  }
  if (answer.status !== 200) {
    wrong("19 list", `status ${answer.status}`);
    return [];
  }
  const bare = Array.isArray(answer.json);
  const boxes = bare ? answer.json : answer.json?.boxes;
  if (!Array.isArray(boxes)) {
    wrong("19 list", `neither an array nor {boxes:[...]}: ${shape(answer.json)}`);
    return [];
  }
  const link = answer.headers.get("link") ? ", with a Link header" : ", no Link header";
  answered("19 list paging", `${bare ? "bare array" : "wrapped: " + shape(answer.json)} of ${boxes.length}${link}`);
  const limits = [...answer.headers.keys()].filter((name) => /ratelimit|retry-after/i.test(name));
  if (limits.length > 0) answered("24 rate limits", `headers ${limits.join(" ")}`);
  else open("24 rate limits", "no header speaks of them");
  const bearer = await get("/v2/box", { headers: { Authorization: `Bearer ${key}` } });
  answered("15 Authorization: Bearer", bearer.status === 200 ? "works too" : `status ${bearer.status}`);
  answered("14 key prefix", /^[a-z]+_/.test(key) ? key.match(/^[a-z]+_/)[0] : "none");
  return boxes;
}

function objects(boxes) {
  if (boxes.length === 0) return open("1 box times", "there is no box");
  answered("1 created_at, updated_at, last_activity_at", ["created_at", "updated_at", "last_activity_at"].map((name) => `${name}: ${kinds(boxes.map((box) => stamp(box[name])))}`).join("; "));
  answered("2 states in use", kinds(boxes.map((box) => String(box.status))));
  const big = boxes.map((box) => box.total_cpu_ns).filter((value) => value !== undefined);
  answered("33 total_cpu_ns", big.length ? `${kinds(big.map((value) => typeof value))}, up to 10^${Math.floor(Math.log10(Math.max(1, ...big.map(Number))))}` : "absent");
  const created = boxes.map((box) => Number(box.created_at)).filter((value) => value > 0);
  if (created.length > 1) answered("list order", created.every((value, i) => i === 0 || created[i - 1] >= value) ? "newest first" : "not newest first");
  const bad = boxes.filter((box) => typeof box.id !== "string" || typeof box.status !== "string");
  if (bad.length > 0) wrong("box objects", `${bad.length} without id or status`);
  console.log(`       fields: ${[...new Set(boxes.flatMap((box) => Object.keys(box)))].sort().join(" ")}`);
}

async function runs(box) {
  const answer = await get(`/v2/box/${id(box)}/runs`);
  if (!Array.isArray(answer.json?.runs)) return wrong("18 runs", `status ${answer.status}, ${shape(answer.json)}`);
  const all = answer.json.runs;
  const one = (await get(`/v2/box/${id(box)}/runs?limit=1`)).json?.runs;
  answered("18 runs paging", `${all.length} at once; ?limit=1 gives ${one?.length}`);
  if (all.length === 0) return open("29 run costs", "there is no run");
  answered("run times", `created_at: ${kinds(all.map((run) => stamp(run.created_at)))}; completed_at: ${kinds(all.map((run) => stamp(run.completed_at)))}`);
  answered("run types and states", `${kinds(all.map((run) => run.type))}; ${kinds(all.map((run) => run.status))}`);
  const both = all.filter((run) => run.cost_usd > 0 && run.compute_cost_usd > 0);
  if (both.length === 0) open("29 run costs", "no run has both");
  else answered("29 run costs", `cost_usd >= compute_cost_usd in ${both.filter((run) => run.cost_usd >= run.compute_cost_usd).length} of ${both.length}`);
}

async function logs(box) {
  const path = `/v2/box/${id(box)}/logs`;
  const answer = await get(`${path}?limit=1000`);
  if (!Array.isArray(answer.json?.logs)) return wrong("17 logs", `status ${answer.status}, ${shape(answer.json)}`);
  const lines = answer.json.logs;
  const times = lines.map((line) => Number(line.timestamp));
  const rising = times.every((time, i) => i === 0 || times[i - 1] <= time);
  const falling = times.every((time, i) => i === 0 || times[i - 1] >= time);
  const order = rising && falling ? "cannot be told" : rising ? "oldest first" : falling ? "newest first" : "mixed";
  if (order === "cannot be told") open("17 logs order", `${lines.length} lines, all of one second or none`);
  else answered("17 logs order", `${order}, ${lines.length} lines at once`);
  if (lines.length < 2) return;
  const second = (await get(`${path}?offset=1&limit=5`)).json?.logs ?? [];
  const same = JSON.stringify(second[0]) === JSON.stringify(lines[1]);
  answered("17 logs offset", same ? "counts from the first line of the first page" : "another line than expected (or new lines came)");
  const beyond = await get(`${path}?offset=1000000&limit=5`);
  answered("17 logs beyond the end", `status ${beyond.status}, ${beyond.json?.logs?.length ?? shape(beyond.json)} lines`);
  answered("log levels and sources", `${kinds(lines.map((line) => line.level))}; ${kinds(lines.map((line) => line.source))}`);
}

async function files(box) {
  const answer = await get(`/v2/box/${id(box)}/files/list`);
  if (answer.status !== 200) return open("5 file list", `status ${answer.status}`);
  const entries = answer.json?.files ?? [];
  if (entries.length === 0) return open("5 file list", "the folder is empty");
  answered("5 file list", `fields ${kinds(entries.map(shape))}`);
  const folder = entries.find((entry) => entry.is_dir || entry.type === "directory");
  if (!folder) return open("10 download of a folder", "there is none");
  const archive = await get(`/v2/box/${id(box)}/files/download?folder=${encodeURIComponent(folder.path)}`);
  const kind = archive.text.startsWith("PK") ? "zip" : archive.text.slice(257, 262) === "ustar" ? "tar" : archive.text.charCodeAt(0) === 0x1f ? "gzip" : "other";
  answered("10 download of a folder", `status ${archive.status}, ${archive.status === 200 ? kind : "no archive"}`);
}

async function others(boxes, live) {
  const account = await get("/v2/box/logs?limit=5");
  answered("account-wide logs", `status ${account.status}`);
  const snapshots = await get("/v2/box/snapshots");
  const one = snapshots.json?.snapshots?.[0];
  if (one) answered("6 snapshot", `fields ${shape(one)}; created_at: ${stamp(one.created_at ?? one.createdAt)}`);
  else open("6 snapshot", `status ${snapshots.status}, none there`);
  const deleted = await get("/v2/box?status=deleted");
  const gone = Array.isArray(deleted.json) ? deleted.json[0] : undefined;
  if (gone) {
    const again = await get(`/v2/box/${id(gone)}`);
    answered("30 deleted box by id", `status ${again.status}${again.json?.status ? `, "${again.json.status}"` : ""}`);
  } else open("30 deleted box by id", `?status=deleted: status ${deleted.status}, none there`);
  if (live) {
    const preview = await get(`/v2/box/${id(live)}/preview`);
    const first = preview.json?.previews?.[0];
    if (first) answered("13 public URL list", `fields ${shape(first)}`);
    else open("13 public URL list", `status ${preview.status}, none there`);
  }
  const ephemeral = boxes.find((box) => box.ephemeral);
  if (!ephemeral) return open("11 ephemeral box", "there is none");
  const states = [];
  for (const part of ["logs", "runs", "snapshots", "schedules"]) states.push(`${part} ${(await get(`/v2/box/${id(ephemeral)}/${part}`)).status}`);
  answered("11 ephemeral box", states.join(", "));
}

// The part that changes something: one box of its own, which it deletes whatever happens.
async function changes() {
  const made = await ask("POST", "/v2/box", { body: { ephemeral: true, ttl: 600, name: `boxtop-live-${Date.now()}` } });
  if (!made.json?.id) return wrong("create", `status ${made.status}, no id`);
  const box = made.json;
  try {
    answered("create, ephemeral", `status ${made.status}, "${box.status}", expires_at: ${stamp(box.expires_at)}`);
    const exec = await ask("POST", `/v2/box/${id(box)}/exec`, { body: { command: ["sh", "-c", "echo out; echo err >&2; exit 3"] } });
    if (exec.json?.exit_code === 3) answered("20 exec", `fields ${shape(exec.json)}`);
    else wrong("20 exec", `status ${exec.status}, ${shape(exec.json)}`);
    const stream = await ask("POST", `/v2/box/${id(box)}/exec-stream`, { body: { command: ["sh", "-c", "echo out; echo err >&2; exit 4"] } });
    if (/event: exit\ndata: .*"exit_code": ?4/.test(stream.text)) answered("21 exec-stream", `trailer as expected; stderr ${stream.text.includes("err\n") ? "is in the stream" : "is not in the stream"}`);
    else wrong("21 exec-stream", "no trailer that says 4");
    const shellRun = (await get(`/v2/box/${id(box)}/runs`)).json?.runs?.find((run) => run.type === "shell");
    if (shellRun) answered("8 a command as a run", `"${shellRun.status}", fields ${shape(shellRun)}`);
    else open("8 a command as a run", "none listed");
    shell(box);
  } finally {
    const removed = await ask("DELETE", `/v2/box/${id(box)}`);
    if (removed.status >= 200 && removed.status < 300) answered("delete", `status ${removed.status}`);
    else wrong("delete", `status ${removed.status}: delete box ${box.id} by hand`);
  }
}

// A shell through the stock ssh client; the key travels in sshpass' environment, never in an argument.
function shell(box) {
  const [host, port] = ssh ? [ssh.replace(/:\d+$/, ""), ssh.match(/:(\d+)$/)?.[1] ?? "22"] : [hostname, "22"];
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(box.id)) return open("shell", "the id is no user name");
  const home = mkdtempSync(join(tmpdir(), "boxtop-live-"));
  const options = ["-F", "none", "-tt", "-p", port, "-o", `UserKnownHostsFile=${home}/known_hosts`, "-o", "StrictHostKeyChecking=accept-new", "-o", "ConnectTimeout=15", "-o", "PubkeyAuthentication=no"];
  const run = spawnSync("sshpass", ["-e", "ssh", ...options, "-l", box.id, "--", host, "echo shell-$((6*7)); exit 5"], {
    env: { PATH: process.env.PATH, HOME: home, TERM: "xterm-256color", SSHPASS: key },
    encoding: "utf8",
    timeout: 60000,
  });
  rmSync(home, { recursive: true, force: true });
  if (run.error) open("shell", `needs sshpass and ssh (${run.error.code})`);
  else if (run.stdout.includes("shell-42")) answered("shell", `opened, exit status ${run.status}`);
  else wrong("shell", `ssh ended with ${run.status}: ${run.stderr.trim().split("\n").pop()}`);
}

try {
  console.log(`Looking at ${base}${write ? ", and changing something there (BOXTOP_LIVE_WRITE=1)" : ", reading only"}`);
  const boxes = await list();
  objects(boxes);
  const live = boxes.find((box) => box.status === "running") ?? boxes.find((box) => box.status === "idle");
  const any = live ?? boxes[0];
  if (any) {
    await runs(any);
    await logs(any);
  }
  if (live) await files(live); // a paused box might be woken by this
  await others(boxes, live);
  if (write) await changes();
} catch (error) {
  wrong("the check itself", `${error.message}${error.cause ? ` (${error.cause.message ?? error.cause})` : ""}`);
}
console.log(`${requests} requests`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
