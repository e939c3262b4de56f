/**
 * True of every element of a set, whose places count from 0. The planner takes a set for a hundred elements and would read whole tables for it until they have
 * some thousand rows, and as long as the plan that it made then is kept. By this it takes the set for one element, and finds the rows of each through an index.
 */
export const EACH = 'n between 0 and 2147483647';
