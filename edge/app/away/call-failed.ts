/** An event of the window: a call failed since a part of the platform does not answer. */
export const callFailed = "growqr.call-failed";
