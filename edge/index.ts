import { account } from "./account.ts";
import { actors } from "./actors.ts";
import { ai } from "./ai.ts";
import { billing } from "./billing.ts";
import { describe } from "./document.ts";
import { events } from "./events.ts";
import { hosts } from "./hosts.ts";
import { entry, newApp, refuse } from "./http.ts";
import { live } from "./live.ts";
import { mcp } from "./mcp.ts";
import { misses } from "./misses.ts";
import { opencode } from "./opencode.ts";
import { platform } from "./platform.ts";
import { stacks } from "./stacks.ts";

const app = newApp();
app.use("*", entry);
app.onError(refuse);
for (const part of [platform, account, billing, actors, events, opencode, hosts, stacks, live, ai, mcp]) app.route("/", part);
describe(app);
app.notFound(misses(app));

export default app;
