/** An amount in integer minor units (cents) of an ISO 4217 currency in upper case. */
export interface Money {
  amount: number;
  currency: string;
}
