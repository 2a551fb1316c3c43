import { askedRoutes, asks } from "./actor/asked-route.ts";

/** What was not well of what serves, and its repairs. */
const named = { incidentId: "incident" };
export const incidentRoutes = askedRoutes("Projects", {
  "GET /projects/{project}/incidents": asks("incidents", "Incidents of what serves, newest first", "Incidents"),
  "GET /incidents/{incidentId}": asks("incident", "One incident, with its evidence and its timeline", "The incident", { named }),
  "POST /incidents/{incidentId}/repair": asks(
    "repair",
    "Have it repaired: a plan whose merge is deployed. While a repair goes on nothing happens",
    "Agreed to; it begins by itself",
    { named, status: 202 },
  ),
});
