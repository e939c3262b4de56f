/** Whether a field of this name holds a card number or a security code, whatever its value. Case and punctuation do not count. */
export function isCardField(name: string): boolean {
  return name.length <= MAX_NAME_CHARACTERS && CARD_FIELDS.has(name.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

/** The longest name below, with room for punctuation. */
const MAX_NAME_CHARACTERS = 64;

/** Names of checks (cvc_check) and of what is left of a number (last4) are other names. */
const CARD_FIELDS = new Set(
  (
    'cvc cvc2 cvv cvv2 cvn csc cid2 cardcvc cardcvv cvccode cvvcode securitycode cardsecuritycode cardverificationcode verificationvalue ' +
    'pan cardpan primaryaccountnumber cardnumber cardnum cardno ccnumber ccnum ccno creditcard creditcardnumber debitcardnumber ' +
    'track1 track2 trackdata track1data track2data pinblock'
  ).split(' '),
);
