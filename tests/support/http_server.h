#pragma once

#include <QTcpServer>
#include <QTcpSocket>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A small HTTP server on the loopback address, in a thread of its own.
class HttpServer {
 public:
  struct Request {
    std::string path;
    int64_t from = 0;  ///< of "Range: bytes=from-"
    bool ranged = false;
  };
  struct Answer {
    int status = 200;
    std::string body;       ///< all that follows `from`
    int64_t declared = -1;  ///< Content-Length; -1 = the body's, -2 = none
    std::string more;       ///< further header lines, each ended by \r\n
  };

  /// `answer` is called in the server's thread, one request at a time.
  explicit HttpServer(std::function<Answer(const Request&)> answer) : answer_(std::move(answer)) {
    std::atomic<int> port = 0;
    thread_ = std::jthread([this, &port](const std::stop_token& stop) {
      QTcpServer server;
      server.listen(QHostAddress::LocalHost, 0);
      port = server.serverPort();
      port.notify_one();
      while (!stop.stop_requested())
        if (server.waitForNewConnection(20)) serve(*server.nextPendingConnection());
    });
    port.wait(0);
    port_ = port;
  }

  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::vector<Request> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

  /// The usual answer: `content`, or the rest of it for a range.
  static Answer whole(const std::string& content, const Request& request) {
    if (!request.ranged) return {.body = content};
    if (request.from >= std::ssize(content)) return {.status = 416};
    return {.status = 206,
            .body = content.substr(static_cast<size_t>(request.from)),
            .more = "Content-Range: bytes " + std::to_string(request.from) + "-" + std::to_string(content.size() - 1) +
                    "/" + std::to_string(content.size()) + "\r\n"};
  }

 private:
  void serve(QTcpSocket& socket) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos && socket.waitForReadyRead(5000))
      head += socket.readAll().toStdString();
    Request request;
    request.path = head.substr(4, head.find(' ', 4) - 4);
    if (const auto range = head.find("Range: bytes="); range != std::string::npos) {
      request.ranged = true;
      request.from = std::stoll(head.substr(range + 13));
    }
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    const Answer answer = answer_(request);
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " X\r\nConnection: close\r\n" + answer.more;
    const int64_t length = answer.declared == -1 ? std::ssize(answer.body) : answer.declared;
    if (length >= 0) text += "Content-Length: " + std::to_string(length) + "\r\n";
    text += "\r\n" + answer.body;
    socket.write(text.data(), std::ssize(text));
    while (socket.bytesToWrite() > 0 && socket.waitForBytesWritten(5000)) {
    }
    socket.disconnectFromHost();
    if (socket.state() != QAbstractSocket::UnconnectedState) socket.waitForDisconnected(5000);
    socket.deleteLater();
  }

  std::function<Answer(const Request&)> answer_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::jthread thread_;
};
