import { expect, it } from "vitest";
import { planServices, type ServicePart } from "../../../agent-host/service/service-keeper.ts";

const part = (over: Partial<ServicePart>): ServicePart => ({
  ...{ name: "box", id: "b", stack: "s", part: "opencode", state: "running", image: "today", target: undefined, way: undefined },
  ...over,
});
const services = (state: ServicePart["state"] = "running") => part({ name: "services", part: "services", state });
const app = (state: ServicePart["state"] = "running") => part({ name: "app", part: "app", way: "shop_live", state });
const way = (target: string, state: ServicePart["state"] = "running") =>
  part({ name: `way-${target}`, part: "service-way", target, way: "shop_live", state });
const nothing = { start: false, lead: [], unused: [], idle: false, renew: false };
const look = (parts: ServicePart[], thorough = false) => planServices(parts, { thorough, image: "today" });

it("leaves services and the ways to them where both run and are used", () => {
  expect(look([part({}), services(), way("box"), app(), way("app")])).toEqual(nothing);
});
it("starts services that ended while somebody uses them, and leads to them again", () => {
  const lead = [{ target: "app", way: "shop_live" }];
  expect(look([services("ended"), app()])).toEqual({ ...nothing, start: true, lead });
  expect(look([services(), app(), way("app", "ended")])).toEqual({ ...nothing, lead });
});
it("starts services of which nothing is left but who uses them", () => {
  expect(look([app(), way("app")])).toEqual({ ...nothing, start: true });
});
it("leads anew also where a way runs, when it looks thoroughly: its target may have another network by now", () => {
  expect(look([services(), app(), way("app")], true).lead).toEqual([{ target: "app", way: "shop_live" }]);
});
it("takes away ways out of containers that are gone or ended, and stops services that nobody uses", () => {
  const asleep = [part({ state: "ended" }), services(), way("box"), app("ended"), way("app"), way("gone")];
  expect(look(asleep)).toEqual({ ...nothing, unused: ["way-box", "way-app", "way-gone"], idle: true });
  expect(look([services("ended")])).toEqual(nothing);
});
it("keeps the way of a paused box, whose services stop and are started when it goes on", () => {
  expect(look([part({ state: "paused" }), services(), way("box")])).toEqual({ ...nothing, idle: true });
  expect(look([part({}), services("ended"), way("box")])).toEqual({ ...nothing, start: true });
});
it("gives an app that asks for no service none", () => {
  expect(look([services(), part({ name: "plain", part: "app" })])).toEqual({ ...nothing, idle: true });
});
it("makes services of another image anew while they are used, and not in the middle of a migration", () => {
  const before = { ...services(), image: "before" };
  expect(look([before, app(), way("app")])).toEqual({ ...nothing, renew: true });
  const migration = part({ name: "app-rel_1-migrate", part: "app", way: "shop_live" });
  expect(look([before, app(), way("app"), migration, way("app-rel_1-migrate")])).toEqual(nothing);
  expect(look([before, way("box")])).toEqual({ ...nothing, unused: ["way-box"], idle: true }); // it stops anyway
});
