package org.pyflinkcep.flink.decoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import javax.annotation.Nullable;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.ByteString;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.DescriptorProtos.FieldOptions;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.Descriptors.FieldDescriptor;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.Int32Value;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.InvalidProtocolBufferException;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.ListValue;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.UInt32Value;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.UInt64Value;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.UnknownFieldSet;
import org.apache.flink.formats.protobuf.shaded.com.google.protobuf.Value;
import org.junit.jupiter.api.Test;

/** What Protobuf's parser takes without a word. */
class ProtobufCheckTest {

  private static ProtobufCheck check(Class<?> message) throws ReflectiveOperationException {
    return new ProtobufCheck(ProtobufMessage.of(message));
  }

  /** A field of a message: its number, and one value as it is on the wire. */
  private static byte[] field(int number, UnknownFieldSet.Field value) {
    return UnknownFieldSet.newBuilder().addField(number, value).build().toByteArray();
  }

  private static UnknownFieldSet.Field varint(long value) {
    return UnknownFieldSet.Field.newBuilder().addVarint(value).build();
  }

  private static UnknownFieldSet.Field bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return UnknownFieldSet.Field.newBuilder()
        .addLengthDelimited(ByteString.copyFrom(bytes))
        .build();
  }

  private static FieldDescriptorProto field(String name) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(-7)
        .setType(FieldDescriptorProto.Type.TYPE_INT32)
        .setProto3Optional(true)
        .setOptions(FieldOptions.newBuilder().setPacked(true).setDeprecated(false))
        .build();
  }

  @Test
  void a_message_passes_and_so_do_fields_of_a_newer_schema() throws Exception {
    byte[] record = field("amount").toByteArray();
    check(FieldDescriptorProto.class).check(record);
    check(FieldDescriptorProto.class).check(new byte[0]);
    check(FieldDescriptorProto.class)
        .check(RandomRecords.joined(record, field(1234, bytes(1, 2)), field(1235, varint(3))));
  }

  @Test
  void what_is_cut_or_passed_over_is_refused() throws Exception {
    ProtobufCheck field = check(FieldDescriptorProto.class);
    byte[] record = field("amount").toByteArray();

    assertThatThrownBy(() -> field.check(RandomRecords.joined(record, record)))
        .hasMessage("`name` is there twice, as where a record has two messages");
    // A name that is a number, a number that is text, an enum of a newer schema, a boolean of 2.
    assertThatThrownBy(() -> field.check(field(1, varint(5))))
        .hasMessage("`name`: expected string, found a varint");
    assertThatThrownBy(() -> field.check(field(3, bytes('7'))))
        .hasMessage("`number`: expected int32, found bytes with a length");
    assertThatThrownBy(() -> field.check(field(5, varint(99))))
        .hasMessage("`type`: expected a number of its enum, found 99");
    assertThatThrownBy(() -> field.check(field(17, varint(2))))
        .hasMessage("`proto3_optional`: expected bool, found 2");
    assertThatThrownBy(() -> field.check(new byte[] {0x0f}))
        .hasMessage("no field begins with the wire type 7");
    assertThatThrownBy(() -> field.check(field(1, bytes(0xff))))
        .hasMessage("`name` has bytes that are no UTF-8");
    assertThatThrownBy(() -> field.check(field(8, bytes(0x10, 0x02))))
        .hasMessage("`options.packed`: expected bool, found 2");
  }

  @Test
  void two_members_of_a_oneof_are_refused() throws Exception {
    ProtobufCheck value = check(Value.class);
    byte[] text = Value.newBuilder().setStringValue("a").build().toByteArray();
    byte[] truth = Value.newBuilder().setBoolValue(true).build().toByteArray();
    value.check(text);
    value.check(truth);
    assertThat(Value.parseFrom(RandomRecords.joined(text, truth)).getStringValue()).isEmpty();
    assertThatThrownBy(() -> value.check(RandomRecords.joined(text, truth)))
        .hasMessage(
            "`bool_value` is there beside another member of its oneof, which it would unset");
    // The members of two values of a list are not of one oneof.
    check(ListValue.class)
        .check(
            ListValue.newBuilder()
                .addValues(Value.parseFrom(text))
                .addValues(Value.parseFrom(truth))
                .build()
                .toByteArray());
  }

  @Test
  void a_number_past_its_field_or_its_column_is_refused() throws Exception {
    check(Int32Value.class).check(field(1, varint(Integer.MIN_VALUE)));
    assertThatThrownBy(() -> check(Int32Value.class).check(field(1, varint(1L << 31))))
        .hasMessage("`value`: expected int32, found 2147483648");
    check(UInt32Value.class).check(field(1, varint(Integer.MAX_VALUE)));
    assertThatThrownBy(() -> check(UInt32Value.class).check(field(1, varint(3_000_000_000L))))
        .hasMessage("`value`: expected uint32 that a column has the bits for, found 3000000000");
    assertThatThrownBy(() -> check(UInt64Value.class).check(field(1, varint(-1))))
        .hasMessage(
            "`value`: expected uint64 that a column has the bits for, found 18446744073709551615");
  }

  @Test
  void what_passes_is_a_message_and_all_of_it_however_it_is_broken() throws Exception {
    Random random = new Random(Long.getLong("decoding.seed", 1));
    RandomRecords records =
        new RandomRecords(random, () -> field("n" + random.nextInt(1000)).toByteArray());
    ProtobufCheck check = check(FieldDescriptorProto.class);
    int passed = 0;
    int count = Integer.getInteger("decoding.records", 400) * 5;
    for (int i = 0; i < count; i++) {
      byte[] record = records.next();
      FieldDescriptorProto message;
      try {
        check.check(record);
        passed++;
      } catch (MisfitException | StackOverflowError e) {
        continue;
      }
      try {
        message = FieldDescriptorProto.parseFrom(record);
      } catch (InvalidProtocolBufferException e) {
        // Nested too deep; the format fails at it, too.
        continue;
      }
      Map<Integer, UnknownFieldSet.Field> written = UnknownFieldSet.parseFrom(record).asMap();
      for (FieldDescriptor field : FieldDescriptorProto.getDescriptor().getFields()) {
        assertThat(message.getUnknownFields().hasField(field.getNumber())).isFalse();
        assertThat(written.containsKey(field.getNumber())).isEqualTo(message.hasField(field));
        assertThat(count(written.get(field.getNumber()))).isLessThanOrEqualTo(1);
      }
    }
    assertThat(passed).isBetween(count / 10, count - count / 10);
  }

  private static int count(@Nullable UnknownFieldSet.Field field) {
    return field == null
        ? 0
        : field.getVarintList().size()
            + field.getFixed32List().size()
            + field.getFixed64List().size()
            + field.getLengthDelimitedList().size()
            + field.getGroupList().size();
  }
}
