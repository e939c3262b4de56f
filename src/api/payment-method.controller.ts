import { Body, Controller, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SavedCards } from '../operations/cards/saved-cards.js';
import { etagOf } from '../platform/etag.js';
import { ApiIfMatch, Keyed } from './api-docs.js';
import { Door } from './door.js';
import { subscription } from './schemas.js';
import { paymentMethodBody, type PaymentMethodBody } from './subscription-schemas.js';
import { subscriptionView } from './views.js';
import { Visit, Visiting } from './visit.js';

/** The card that time charges. */
@ApiTags('Subscription')
@Controller('v1/me/payment-method')
export class PaymentMethodController {
  constructor(
    private readonly cards: SavedCards,
    private readonly door: Door,
  ) {}

  @Put()
  @Keyed('card')
  @ApiIfMatch('the ETag of the subscription that the caller saw')
  @ApiOperation({ summary: 'Save another card for the charges to come; what is past due is tried with it at once' })
  @ApiOkResponse({ standardSchema: subscription })
  async put(@Body({ schema: paymentMethodBody }) body: PaymentMethodBody, @Visiting() visit: Visit) {
    const { paymentMethod } = body;
    const { request, reply } = visit;
    const changed = await this.door.admit(() => this.cards.change(paymentMethod, visit.sightedUse(body), request.id), { reply });
    if (!changed.fresh) visit.replayed();
    void reply.header('ETag', etagOf(changed.subscription.version));
    return subscriptionView(changed.subscription, null);
  }
}
