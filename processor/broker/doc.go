// Package broker takes function calls from a STOMP 1.2 message broker and
// settles them: one Consumer, its destinations, and for each a connection that comes
// back by itself.
//
// It promises:
//
//   - at most Config.Prefetch messages of a destination are held by this process, and reading
//     never waits for whoever works on them, so heart-beats and receipts go on;
//   - Delivery.Answer waits until the broker has the answer on disk, Delivery.Ack
//     waits for nothing; many goroutines answer at once without waiting for each
//     other, and never is more on its way than the broker has room for unread;
//   - a broken connection is noticed (heart-beats, deadlines, keep-alive, missing
//     receipts) and made again with back-off, on the next address;
//   - an acknowledgement never goes out on another connection than the one that
//     brought the message, where its id could mean another message;
//   - no frame makes it allocate more than Config.MaxFrame.
//
// It leaves to the caller: what a message means, and what to do with one that
// comes twice. After a lost connection that is every call still worked on here, and
// every one whose acknowledgement was lost: the caller knows it by Delivery.Key, and
// goes on with the new Delivery.
//
// Brokers differ, measured with ActiveMQ 5.17 and RabbitMQ 3.10; Config and
// Delivery.Answer say where it shows. Start reading at consumer.go and link.go.
package broker
