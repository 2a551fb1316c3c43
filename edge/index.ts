import { account } from "./account.ts";
import { actors } from "./actors.ts";
import { billing } from "./billing.ts";
import { hosts } from "./hosts.ts";
import { entry, newApp, refuse } from "./http.ts";
import { live } from "./live.ts";
import { misses } from "./misses.ts";
import { platform } from "./platform.ts";
import { stacks } from "./stacks.ts";

const app = newApp();
app.use("*", entry);
app.onError(refuse);
for (const part of [platform, account, billing, actors, hosts, stacks, live]) app.route("/", part);
app.notFound(misses(app));

export default app;
