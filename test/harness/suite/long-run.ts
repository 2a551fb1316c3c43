/**
 * `npm test -- --long` repeats what chance decides: properties many times over, each fault several rounds.
 */
export const long = process.env.GROWQR_LONG === "1";
/** Numbers of the rounds, from 1. */
export const rounds = Array.from({ length: long ? 10 : 1 }, (_, index) => index + 1);
