import { askedRoutes, asksActor } from "../actor/asked-route.ts";

/** What serves of a project is stopped, or started again: one act under three addresses. */
const refusals =
  "409 where nothing of it is deployed (deploy first: POST /projects/{project}/releases), where its machine has nothing of it, or while it is being taken away; 503 while the stack's machine does not answer.";
export const powerRoutes = askedRoutes(
  "Projects",
  {
    "POST /projects/{project}/start": asksActor("power", "Start again what was stopped of a project; what runs goes on", "The project", {
      description: `${refusals} 402 where the plan lets nothing run.`,
      says: { running: true },
    }),
    "POST /projects/{project}/stop": asksActor(
      "power",
      "Stop what serves of a project; its release, its data and its address stay",
      "The project",
      { says: { running: false } },
    ),
    "PUT /projects/{project}/power": asksActor("power", "Stop what serves, or start it again", "The project"),
  },
  { description: refusals, deadline: 25_000 },
);
