package org.pyflinkcep.benchmarks;

/** A payment as a POJO, which flink-cep's users have and Flink's serializers want. */
public class Payment {
  public long paymentId;
  public long cardId;
  public String merchant;
  public double amount;
  public long paidAt;

  public Payment() {}

  Payment(long paymentId, long cardId, String merchant, double amount, long paidAt) {
    this.paymentId = paymentId;
    this.cardId = cardId;
    this.merchant = merchant;
    this.amount = amount;
    this.paidAt = paidAt;
  }
}
