/** There is no session, or no longer: only a new launch link helps. */
export class SessionEnded extends Error {}
