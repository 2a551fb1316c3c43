import { eventPage } from "../../schema/agent/grow-agent.ts";
import { askedRoutes, asksActor } from "../actor/asked-route.ts";
import { eventPageQuery } from "../event/history.ts";

/** One channel for each agent, all in the member's one log. */
const channelName = { channelId: "channel" };
export const channelRoutes = askedRoutes("Channels", {
  "GET /channels": asksActor("channels", "Channels with their agents' presence and newest event", "Channels"),
  "GET /channels/{channelId}/events": asksActor(
    "channelEvents",
    "Events of one channel before a sequence number, oldest first; the newest without one",
    "A page of events",
    { named: channelName, takes: eventPageQuery, answers: eventPage },
  ),
  "POST /channels/{channelId}/messages": asksActor(
    "send",
    "Say something to the agent of a channel; the same clientId is taken once",
    "Kept; the answer comes by events",
    { named: channelName, status: 202 },
  ),
});
