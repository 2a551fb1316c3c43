import { askedRoutes, asksActor } from "./actor/asked-route.ts";

/** What was not well of what serves, and its repairs. */
const incidentName = { incidentId: "incident" };
export const incidentRoutes = askedRoutes("Projects", {
  "GET /projects/{project}/incidents": asksActor("incidents", "Incidents of what serves, newest first", "Incidents"),
  "GET /incidents/{incidentId}": asksActor("incident", "One incident, with its evidence and its timeline", "The incident", {
    named: incidentName,
  }),
  "POST /incidents/{incidentId}/repair": asksActor(
    "repair",
    "Have it repaired: a plan whose merge is deployed. While a repair goes on nothing happens",
    "Agreed to; it begins by itself",
    { named: incidentName, status: 202 },
  ),
});
