import javax.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;

// Types URL QUEUE COUNT prints of each message of a queue what it is to a JMS client,
// and its text.
class Types {
    public static void main(String[] args) throws Exception {
        Connection connection = new ActiveMQConnectionFactory("soar", "platform", args[0]).createConnection();
        connection.start();
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(session.createQueue(args[1]));
        java.io.PrintStream out = new java.io.PrintStream(System.out, true, "UTF-8");
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            Message m = consumer.receive(10000);
            if (m instanceof TextMessage) out.println("TextMessage " + ((TextMessage) m).getText());
            else out.println(m == null ? "nothing" : m.getClass().getSimpleName());
        }
        connection.close();
    }
}
