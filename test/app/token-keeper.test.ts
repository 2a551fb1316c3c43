import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TokenKeeper } from "../../edge/app/account/token-keeper.ts";
import { AppError } from "../../schema/wire/error.ts";

/** SPEC 3.1: a page's token over its life of a minute, while the identity provider answers, and does not. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const away = new AppError("unavailable");
function openKeeper() {
  const provider = { made: 0, asked: 0, refusal: undefined as AppError | undefined, slow: undefined as Promise<void> | undefined };
  const give = async (how: "made" | "asked") => {
    provider[how] += 1;
    await provider.slow;
    if (provider.refusal) throw provider.refusal;
    const iat = Math.floor(Date.now() / 1_000);
    return `e30.${btoa(JSON.stringify({ n: provider.made + provider.asked, iat, exp: iat + 60 }))}.e30`;
  };
  const told: (number | undefined)[] = [];
  const page = { isHidden: false };
  const sources = { mint: () => give("made"), ask: () => give("asked"), isHidden: () => page.isHidden };
  const keeper = new TokenKeeper({ ...sources, changed: () => told.push(keeper.awayAt) });
  return { keeper, provider, told, page };
}
const codeOf = (asked: Promise<string>) =>
  asked.then(
    () => "a token",
    ({ code }: AppError) => code,
  );

test("one is asked for once, whoever calls meanwhile, serves most of its life, and is renewed before its end", async () => {
  const { keeper, provider, told } = openKeeper();
  const [first, same] = await Promise.all([keeper.get(), keeper.get()]);
  expect(same).toBe(first);
  await vi.advanceTimersByTimeAsync(40_000);
  expect([await keeper.get(), provider.made]).toEqual([first, 1]);
  await vi.advanceTimersByTimeAsync(8_000);
  expect([await keeper.get(), provider.made]).toEqual([first, 2]); // nobody waits for the next one
  await vi.advanceTimersByTimeAsync(1);
  expect(await keeper.get()).not.toBe(first);
  expect([provider.made, provider.asked, told]).toEqual([2, 0, []]);
});

test("while the provider is away it serves to its end, then calls are refused, and the next is found by itself", async () => {
  const { keeper, provider, told } = openKeeper();
  const first = await keeper.get();
  provider.refusal = away;
  await vi.advanceTimersByTimeAsync(50_000);
  expect([await keeper.get(), keeper.awayAt]).toEqual([first, undefined]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await codeOf(keeper.get())).toBe("unavailable");
  const since = keeper.awayAt;
  expect(since).toBeLessThanOrEqual(Date.now());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(keeper.awayAt).toBe(since);
  provider.refusal = undefined;
  await vi.advanceTimersByTimeAsync(34_000); // nobody calls
  expect([keeper.awayAt, told]).toEqual([undefined, [since, undefined]]);
  const [asked, next] = [provider.asked, await keeper.get()];
  expect([next === first, provider.asked]).toEqual([false, asked]);
  expect(provider.made).toBe(1 + 1); // the script's own tries would come too late
});

test("a press while the provider is away asks, several ask together, and none sooner than two seconds after the one before", async () => {
  const { keeper, provider } = openKeeper();
  provider.refusal = away;
  expect(await codeOf(keeper.get())).toBe("unavailable");
  provider.refusal = undefined;
  expect([await codeOf(keeper.get()), provider.asked]).toEqual(["unavailable", 0]); // it was just tried
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await Promise.all([codeOf(keeper.get()), codeOf(keeper.get())])).toEqual(["a token", "a token"]);
  expect([provider.made, provider.asked, keeper.awayAt]).toEqual([1, 1, undefined]);
});

test("a provider that stays away is asked less often, as late as it says, and by no page that nobody sees", async () => {
  const { keeper, provider, page } = openKeeper();
  provider.refusal = away;
  await codeOf(keeper.get());
  await vi.advanceTimersByTimeAsync(120_000);
  expect(provider.asked).toBeGreaterThanOrEqual(4); // after 5, 10, 20, then each 30 seconds
  expect(provider.asked).toBeLessThanOrEqual(7);
  provider.refusal = new AppError("unavailable", { retryAfter: 300 });
  await vi.advanceTimersByTimeAsync(40_000);
  const { asked } = provider;
  await vi.advanceTimersByTimeAsync(200_000);
  expect(provider.asked).toBe(asked);
  page.isHidden = true;
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(provider.asked).toBe(asked);
  provider.refusal = undefined;
  keeper.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect([provider.asked, keeper.awayAt]).toEqual([asked + 1, undefined]);
});

test("a token of which no life is known serves the call that asked for it", async () => {
  const made = ["no token", "a.%%.c", `e30.${btoa("{}")}.e30`];
  const nothing = async (): Promise<string> => made.shift() ?? "";
  const keeper = new TokenKeeper({ mint: nothing, ask: nothing, changed: () => undefined, isHidden: () => false });
  for (const jwt of [...made]) expect(await keeper.get()).toBe(jwt);
});

test("a call waits a second for a provider that is known to be away and says nothing, and not for each of its tries", async () => {
  const { keeper, provider } = openKeeper();
  provider.refusal = away;
  await codeOf(keeper.get());
  provider.slow = new Promise(() => undefined);
  await vi.advanceTimersByTimeAsync(2_000);
  const calls = [codeOf(keeper.get()), codeOf(keeper.get())];
  await vi.advanceTimersByTimeAsync(1_000);
  expect([await Promise.all(calls), provider.asked]).toEqual([["unavailable", "unavailable"], 1]);
});

test("the end of the session is no absence: nothing is said of one, and nothing asked again", async () => {
  const { keeper, provider, told } = openKeeper();
  await keeper.get();
  keeper.forget(); // the edge refused it
  provider.refusal = new AppError("unauthenticated");
  expect(await codeOf(keeper.get())).toBe("unauthenticated");
  keeper.end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([provider.made, provider.asked, told]).toEqual([2, 0, []]);
});

test("a session that ends while the provider is away is asked for no more", async () => {
  const { keeper, provider, told } = openKeeper();
  provider.refusal = away;
  await codeOf(keeper.get());
  keeper.end();
  const { asked } = provider;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([provider.asked, told.at(-1)]).toEqual([asked, undefined]);
});

test("an answer that comes after the session's end is taken by nobody", async () => {
  const { keeper, provider } = openKeeper();
  const answer = Promise.withResolvers<void>();
  provider.slow = answer.promise;
  const asked = codeOf(keeper.get());
  keeper.end();
  answer.resolve();
  expect(await asked).toBe("unauthenticated");
  provider.refusal = new AppError("unauthenticated");
  expect(await codeOf(keeper.get())).toBe("unauthenticated"); // it was not kept
});
